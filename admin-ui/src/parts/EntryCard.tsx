import { useId } from 'preact/hooks';
import { t, titled } from '../i18n';
import type { Catalogue, Entry, KindField, StudentCard } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { date, fill, plural } from '../lib/format';
import { confirmLater, confirmNow, undoConfirm, waiting } from '../lib/pending';
import { Icon } from './Icon';
import { EntryMark, Mark } from './Mark';
import { When } from './Time';
import { canJudge, type Opened } from './Timeline';

function shown(value: Entry['fields'][string], field: KindField | undefined, catalogue: Catalogue | null) {
  if (!field) return String(value);
  if (field.type === 'date') return date(String(value));
  if (field.type === 'level') return fill(t().entry.levelOf, { n: String(value), max: String(field.max ?? 3) });
  const item = field.list && catalogue?.lists[field.list]?.items.find((one) => one.code === value);
  if (item) return titled(item.title);
  return Array.isArray(value) ? String(value.length) : typeof value === 'object' ? Object.values(value).join(', ') : String(value);
}

function Fields({ entry }: { entry: Entry }) {
  const catalogue = useCatalogue().data;
  const kind = catalogue?.kinds.find((one) => one.code === entry.kind);
  const order = kind?.fields.map((one) => one.code) ?? [];
  const values = Object.entries(entry.fields)
    .filter(([, value]) => value !== '' && value !== entry.title)
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  if (!values.length) return null;
  return (
    <dl class="entry-fields">
      {values.map(([code, value]) => {
        const field = kind?.fields.find((one) => one.code === code);
        return <div key={code}><dt>{field ? titled(field.title) : code}</dt><dd>{shown(value, field, catalogue)}</dd></div>;
      })}
    </dl>
  );
}

function History({ entry }: { entry: Entry }) {
  if (!entry.history.length) return null;
  return (
    <details class="history">
      <summary>{plural(entry.history.length, t().entry.history)}</summary>
      <ol>
        <li><strong>{t().entry.written}</strong> · {entry.by.name}, {entry.by.role} · {entry.author.name} · <When iso={entry.time} /></li>
        {entry.history.map((one) => (
          <li key={one.id}>
            <strong>{t().entry.verdicts[one.verdict]}</strong> · {one.by.name}, {one.by.role} · {one.school.name} · <When iso={one.time} />
            {one.reason && <q>{one.reason}</q>}
          </li>
        ))}
      </ol>
    </details>
  );
}

/** The word of the last verdict stands in the open; the rest is history. */
function Latest({ entry }: { entry: Entry }) {
  const verdict = entry.status === 'confirmed' ? 'confirm' : entry.status === 'returned' ? 'return' : null;
  const last = verdict && [...entry.history].reverse().find((one) => one.verdict === verdict);
  if (!last) return null;
  return (
    <p class={`latest ${verdict}`}>
      {last.reason && <span class="latest-reason">{fill(t().entry.lastReturn, { text: last.reason })}</span>}
      <span>{t().entry.verdicts[last.verdict]}: {last.by.name}, {last.by.role}, <When iso={last.time} /></span>
    </p>
  );
}

function Erase({ entry, onOpen }: Pick<Props, 'entry' | 'onOpen'>) {
  return (
    <button type="button" class="button small quiet" aria-label={`${t().erase.entry}: ${entry.title}`} onClick={() => onOpen({ what: 'erase', entry })}>
      {t().erase.entry}
    </button>
  );
}

type Props = { student: StudentCard; entry: Entry; onOpen: (what: Opened) => void };

function Actions({ student, entry, onOpen }: Props) {
  if (student.read_only || entry.status === 'erased') return null;
  if (entry.replaced_by || ['retracted', 'unreadable', 'unproven'].includes(entry.status))
    return <div class="actions"><Erase entry={entry} onOpen={onOpen} /></div>;
  const name = (action: string) => `${action}: ${entry.title}`;
  if (waiting.value.has(entry.id))
    return (
      <div class="actions">
        <button type="button" class="button small" aria-label={name(t().common.undo)} onClick={() => undoConfirm(entry.id)}>{t().common.undo}</button>
        <button type="button" class="button small quiet" aria-label={name(t().entry.sendNow)} onClick={() => confirmNow(entry.id)}>{t().entry.sendNow}</button>
      </div>
    );
  return (
    <div class="actions">
      {canJudge(student, entry) && (
        <>
          <button type="button" class="button small" aria-label={name(t().entry.confirm)} onClick={() => confirmLater(student.id, entry)}>
            <Icon name="check" size={16} />{t().entry.confirm}
          </button>
          <button type="button" class="button small" aria-label={name(t().entry.return)} onClick={() => onOpen({ what: 'return', entry })}>
            <Icon name="back" size={16} />{t().entry.return}
          </button>
        </>
      )}
      {entry.own && (entry.status === 'returned' || entry.status === 'unconfirmed') && (
        <button type="button" class={entry.status === 'returned' ? 'button small' : 'button small quiet'} aria-label={name(t().entry.fix)}
          onClick={() => onOpen({ what: 'fix', entry })}>{t().entry.fix}</button>
      )}
      <button type="button" class="button small quiet" aria-label={name(t().entry.comment)} onClick={() => onOpen({ what: 'comment', entry })}>
        {t().entry.comment}
      </button>
      <Erase entry={entry} onOpen={onOpen} />
    </div>
  );
}

export function EntryCard({ student, entry, onOpen }: Props) {
  const id = useId();
  const status = waiting.value.has(entry.id) ? 'confirming' : entry.replaced_by ? 'replaced' : entry.status;
  return (
    <article class={`entry ${status}`} data-entry={entry.id} tabIndex={-1} aria-labelledby={id}>
      <div class="entry-head">
        <div>
          <p class="entry-kind">{titled(entry.kind_title)}</p>
          <h4 id={id}>{entry.status === 'erased' ? t().erase.erasedEntry : entry.title || titled(entry.kind_title)}</h4>
        </div>
        <EntryMark status={status} />
      </div>
      {entry.status === 'unreadable' ? <p class="hint">{t().entry.unreadable}</p>
        : entry.status === 'unproven' ? <p class="hint">{t().entry.unproven}</p>
        : <Fields entry={entry} />}
      <p class="byline">
        {entry.by.name && <span>{entry.by.name}, {entry.by.role}</span>}
        <span>{entry.author.name}</span>
        <When iso={entry.time} />
        {entry.time_in_doubt && <Mark tone="wait" shape="clock" text={t().time.inDoubt} />}
      </p>
      <Latest entry={entry} />
      <div class="entry-foot">
        <Actions student={student} entry={entry} onOpen={onOpen} />
        <History entry={entry} />
      </div>
    </article>
  );
}
