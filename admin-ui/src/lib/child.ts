// Whose portfolio the cabinet of a family shows: a student's own, or the child that a parent chose.
import { signal } from '@preact/signals';
import { useStudents } from './data';
import { is, login, me } from './session';

const KEY = 'estafeta.child';
const chosen = signal(sessionStorage.getItem(KEY) ?? '');

export function chooseChild(id: string) {
  sessionStorage.setItem(KEY, id);
  chosen.value = id;
}

/** All of a parent's children here, or the student alone. */
export const useChildren = () => useStudents({ limit: 50 });

/** The child's id; null while it is asked for, and where there is none. */
export function useChild(): string | null {
  const children = useChildren().data?.items ?? [];
  if (login.value.state !== 'in') return null;
  if (is('student')) return me().person;
  return children.find((one) => one.id === chosen.value)?.id ?? children[0]?.id ?? null;
}
