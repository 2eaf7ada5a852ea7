import { titled } from '../i18n';
import type { Entry, KindField } from '../lib/api';
import { listEntries, type Subject } from '../lib/entries';
import { schoolYear } from '../lib/format';
import { Titled } from './Named';
import { Picker, type Chosen, type Found } from './Picker';

const LEAST_LETTERS = 2;
const ASKED = 20;
const GONE: Entry['status'][] = ['retracted', 'erased', 'unreadable', 'unproven'];

async function find(subject: Subject, kind: string | undefined, text: string): Promise<Found[]> {
  const { items } = await listEntries(subject, { query: text || undefined, kind, limit: ASKED });
  return items.filter((one) => !GONE.includes(one.status)).map((one) => ({
    id: one.id, text: one.title || titled(one.kind_title),
    note: [!kind && titled(one.kind_title), one.period !== null && schoolYear(one.period)].filter(Boolean).join(' · '),
  }));
}

type Props = { subject: Subject; field: KindField; value: Chosen | undefined; onValue: (value: Chosen | undefined) => void; error?: string };
/** Another entry of the same subject. Of one kind there are few: they stand there at once. */
export function EntryField({ subject, field, value, onValue, error }: Props) {
  return (
    <Picker field={field} most={1} value={value ? [value] : []} onValue={([one]) => onValue(one)} error={error} least={field.kind ? 0 : LEAST_LETTERS} icon="paper"
      find={(text) => find(subject, field.kind, text)} nameOf={(id) => <Titled subject={subject} id={id} />} />
  );
}
