// Two people changed one entry: both versions side by side, and the choice is the reader's.
import { t, titled } from '../i18n';
import type { Catalogue, Entry, Kind, KindField } from '../lib/api';
import { getEntry, isEmpty, type Subject, type Values } from '../lib/entries';
import { fill } from '../lib/format';
import { word } from '../lib/words';
import { shown } from './EntryCard';

/** The version that stands in the place of that one now. */
export async function standing(subject: Subject, id: string): Promise<Entry> {
  let entry = await getEntry(subject, id);
  while (entry.replaced_by) entry = await getEntry(subject, entry.replaced_by);
  return entry;
}

function typed(catalogue: Catalogue, field: KindField, value: unknown): string {
  if (isEmpty(value)) return '—';
  if (field.type === 'files') return (value as { name: string }[]).map((one) => one.name).join(', ');
  if (field.list && typeof value === 'string') return word(catalogue, field.list, value);
  if (field.list && Array.isArray(value)) return value.map((one) => word(catalogue, field.list!, String(one))).join(', ');
  if (typeof value === 'boolean') return value ? t().common.yes : t().common.no;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

type Props = { subject: Subject; kind: Kind; theirs: Entry; mine: Values; catalogue: Catalogue; onTheirs: () => void; onMine: () => void };
export function Conflict({ subject, kind, theirs, mine, catalogue, onTheirs, onMine }: Props) {
  const rows = kind.fields.filter((one) => !isEmpty(mine[one.code]) || !isEmpty(theirs.fields[one.code]));
  return (
    <>
      <p role="alert">{fill(t().conflict.text, { name: theirs.by.name })}</p>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={t().conflict.title}>
        <table class="plain">
          <thead><tr><th scope="col">{t().conflict.field}</th><th scope="col">{t().conflict.theirs}</th><th scope="col">{t().conflict.mine}</th></tr></thead>
          <tbody>
            {rows.map((field) => {
              const value = theirs.fields[field.code];
              const same = JSON.stringify(value) === JSON.stringify(mine[field.code]);
              return (
                <tr key={field.code} class={same ? undefined : 'differs'}>
                  <th scope="row">{titled(field.title)}</th>
                  <td>{value === undefined ? '—' : field.type === 'files' ? typed(catalogue, field, value) : shown(subject, theirs, field.code, value, field)}</td>
                  <td>{typed(catalogue, field, mine[field.code])}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <div class="actions">
        <button type="button" class="button" onClick={onTheirs}>{t().conflict.keepTheirs}</button>
        <button type="button" class="button primary" onClick={onMine}>{t().conflict.writeMine}</button>
      </div>
    </>
  );
}
