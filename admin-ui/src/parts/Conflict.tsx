// Two people changed one entry: both versions side by side, and the choice is the reader's.
import { t, titled } from '../i18n';
import type { Catalogue, Entry, Kind, KindField } from '../lib/api';
import { isEmpty, isPicked, sendable, type Subject, type Values } from '../lib/entries';
import { fill } from '../lib/format';
import { word } from '../lib/words';
import { shown } from './EntryCard';
import { People, Titled } from './Named';

function typed(catalogue: Catalogue, field: KindField, value: unknown): string {
  if (isEmpty(value)) return '—';
  if (field.type === 'files') return (value as { name: string }[]).map((one) => one.name).join(', ');
  if (field.list && typeof value === 'string') return word(catalogue, field.list, value);
  if (field.list && Array.isArray(value)) return value.map((one) => word(catalogue, field.list!, String(one))).join(', ');
  if (typeof value === 'boolean') return value ? t().common.yes : t().common.no;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const NAMING: KindField['type'][] = ['person', 'persons', 'entry'];

/** Those that were picked now, and those that stood there before. */
function Names({ subject, theirs, field, value }: { subject: Subject; theirs: Entry; field: KindField; value: unknown }) {
  const all = Array.isArray(value) ? value : [value];
  const picked = all.filter(isPicked).map((one) => one.text);
  const before = all.filter((one): one is string => typeof one === 'string');
  if (field.type === 'entry') return before[0] ? <Titled subject={subject} id={before[0]} /> : <>{picked[0]}</>;
  return <>{picked.join(', ')}{picked.length > 0 && before.length > 0 && ', '}{before.length > 0 && <People ids={before} names={theirs.names} />}</>;
}

type Props = { subject: Subject; kind: Kind; theirs: Entry; mine: Values; catalogue: Catalogue; onTheirs: () => void; onMine: () => void };
export function Conflict({ subject, kind, theirs, mine, catalogue, onTheirs, onMine }: Props) {
  const sent = sendable(mine);
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
              const own = mine[field.code];
              const same = JSON.stringify(value) === JSON.stringify(sent[field.code]);
              return (
                <tr key={field.code} class={same ? undefined : 'differs'}>
                  <th scope="row">{titled(field.title)}</th>
                  <td>{value === undefined ? '—' : field.type === 'files' ? typed(catalogue, field, value) : shown(subject, theirs, field.code, value, field)}</td>
                  <td>{NAMING.includes(field.type) && !isEmpty(own) ? <Names subject={subject} theirs={theirs} field={field} value={own} /> : typed(catalogue, field, own)}</td>
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
