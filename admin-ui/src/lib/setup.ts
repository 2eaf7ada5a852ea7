// What it takes from first start to first class, and how much of it is done. The node knows most of it; what only a
// person can know is ticked, and kept on this device.
import { signal } from '@preact/signals';
import { useNetwork, useSchool } from './data';
import { leaderOf, useAccounts, useClasses } from './people';

export const STEPS = ['school', 'sheet', 'network', 'staff', 'students', 'classes', 'codes', 'backup'] as const;
export type StepName = (typeof STEPS)[number];
/** known: done by what the node says; else only a tick tells. */
export type Step = { name: StepName; href: string; known: boolean; ticked: boolean; done: boolean };

const KEY = 'estafeta.setup';
export const TICKED: readonly StepName[] = ['sheet', 'network', 'codes'];
const HREF: Record<StepName, string> = {
  school: '/start#passport', sheet: '/server', network: '/network?dialog=join', staff: '/import?kind=staff', students: '/import?kind=students', classes: '/classes?dialog=new', codes: '/accounts', backup: '/server',
};

function kept(): StepName[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as StepName[];
  } catch {
    return [];
  }
}
const ticks = signal(kept());

export function tick(name: StepName, on: boolean) {
  ticks.value = on ? [...ticks.value, name] : ticks.value.filter((one) => one !== name);
  localStorage.setItem(KEY, JSON.stringify(ticks.value));
}

/** null: not everything was told yet. */
export function useSetup(): Step[] | null {
  const school = useSchool().data;
  const network = useNetwork().data;
  const classes = useClasses('class').data;
  const students = useAccounts({ kind: 'student', limit: 1 }).data;
  const guardians = useAccounts({ kind: 'guardian', limit: 1 }).data;
  if (!school || !network || !classes || !students || !guardians) return null;
  const known: Record<StepName, boolean> = {
    school: school.name !== '',
    sheet: false,
    network: school.root.id !== school.id || network.schools.length > 1,
    staff: school.staff > 0,
    students: school.students > 0,
    classes: classes.some(leaderOf),
    codes: students.total + guardians.total > 0,
    backup: school.backup !== null,
  };
  return STEPS.map((name) => {
    const ticked = TICKED.includes(name) && ticks.value.includes(name);
    return { name, href: HREF[name], known: known[name], ticked, done: known[name] || ticked };
  });
}
