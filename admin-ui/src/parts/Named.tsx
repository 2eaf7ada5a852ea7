// People and entries that an entry names by their numbers, as people read them.
import { t } from '../i18n';
import { getEntry, type Subject } from '../lib/entries';
import { useResource } from '../lib/resource';

/** By name whom the node names to this reader; of the others, how many. */
export function People({ ids, names = {} }: { ids: string[]; names?: Record<string, string> }) {
  const known = ids.map((id) => names[id]).filter((one) => one !== undefined);
  const others = ids.length - known.length;
  return <>{[...known, ...(others ? [known.length ? `+${others}` : ids.length === 1 ? t().entry.somebody : String(others)] : [])].join(', ')}</>;
}

/** Another entry of the same subject, by its title. */
export function Titled({ subject, id }: { subject: Subject; id: string }) {
  const entry = useResource(`${subject.about}/${subject.id}/entry/${id}`, () => getEntry(subject, id));
  return <>{entry.data?.title ?? (entry.error ? '—' : '…')}</>;
}
