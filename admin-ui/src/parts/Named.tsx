// People and entries that an entry names by their numbers, as people read them.
import { t } from '../i18n';
import { getEntry, type Subject } from '../lib/entries';
import { fullName } from '../lib/format';
import { useStaff } from '../lib/people';
import { useResource } from '../lib/resource';

/** Staff by name; of others, whom only their own card names, how many. */
export function People({ ids }: { ids: string[] }) {
  const staff = useStaff().data;
  if (!staff) return <>…</>;
  const known = ids.map((id) => staff.find((one) => one.id === id)).filter((one) => one !== undefined).map(fullName);
  const others = ids.length - known.length;
  return <>{[...known, ...(others ? [known.length ? `+${others}` : ids.length === 1 ? t().entry.somebody : String(others)] : [])].join(', ')}</>;
}

/** Another entry of the same subject, by its title. */
export function Titled({ subject, id }: { subject: Subject; id: string }) {
  const entry = useResource(`${subject.about}/${subject.id}/entry/${id}`, () => getEntry(subject, id));
  return <>{entry.data?.title ?? (entry.error ? '—' : '…')}</>;
}
