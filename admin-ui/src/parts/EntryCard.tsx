import { useId } from 'preact/hooks';
import { t, titled } from '../i18n';
import type { Entry, EvidenceFile, KindField } from '../lib/api';
import { useCatalogue } from '../lib/data';
import type { Subject } from '../lib/entries';
import { date, fill, plural } from '../lib/format';
import { confirmLater, confirmNow, undoConfirm, waiting } from '../lib/pending';
import { webAddress } from '../lib/web';
import { Evidence } from './Evidence';
import { Icon } from './Icon';
import { EntryMark, Mark } from './Mark';
import { People, Titled } from './Named';
import { When } from './Time';
import type { Opened } from './Timeline';

/** Another school may have signed anything: only an address of the web becomes a link, and it is not told where one came from. */
function WebLink({ text }: { text: string }) {
  const address = webAddress(text);
  return address ? <a class="address" href={text} target="_blank" rel="noreferrer noopener">{address}</a> : <>{text}</>;
}

/** A value in the words of its own time, which the entry keeps beside it. */
export function shown(subject: Subject, entry: Entry, code: string, value: Entry['fields'][string], field: KindField | undefined) {
  const words = entry.words[code];
  if (field?.type === 'person') return <People ids={[String(value)]} names={entry.names} />;
  if (field?.type === 'persons' && Array.isArray(value)) return <People ids={value.map(String)} names={entry.names} />;
  if (field?.type === 'entry') return <Titled subject={subject} id={String(value)} />;
  if (field?.type === 'link') return <WebLink text={String(value)} />;
  if (field?.type === 'date') return date(String(value));
  if (field?.type === 'level') return fill(t().entry.levelOf, { n: String(value), max: String(field.max ?? 3) });
  if (typeof value === 'boolean') return value ? t().common.yes : t().common.no;
  if (Array.isArray(value)) return Array.isArray(words) ? words.join(', ') : String(value.length);
  if (value && typeof value === 'object') return Object.entries(value).map(([one, level]) => `${(words as Record<string, string> | undefined)?.[one] ?? one}: ${level}`).join('; ');
  return typeof words === 'string' ? words : String(value);
}

/** What the entry says, and beside it what proves it. */
function Body({ subject, entry }: { subject: Subject; entry: Entry }) {
  const kind = useCatalogue().data?.kinds.find((one) => one.code === entry.kind);
  const order = kind?.fields.map((one) => one.code) ?? [];
  const fieldOf = (code: string) => kind?.fields.find((one) => one.code === code);
  const values = Object.entries(entry.fields)
    .filter(([code, value]) => value !== '' && value !== entry.title && entry.words[code] !== entry.title)
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  const said = values.filter(([code]) => fieldOf(code)?.type !== 'files');
  const files = values.filter(([code]) => fieldOf(code)?.type === 'files').flatMap(([, value]) => value as EvidenceFile[]);
  return (
    <div class="entry-body">
      {said.length > 0 && (
        <dl class="entry-fields">
          {said.map(([code, value]) => {
            const field = fieldOf(code);
            return <div key={code}><dt>{field ? titled(field.title) : code}</dt><dd>{shown(subject, entry, code, value, field)}</dd></div>;
          })}
        </dl>
      )}
      {files.length > 0 && <Evidence subject={subject} files={files} />}
    </div>
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

type Props = { subject: Subject; entry: Entry; reviews?: boolean; names?: boolean; onOpen: (what: Opened) => void };

/** What the node says that this reader may do with it. To confirm and to take that back is one button, and keeps the focus. */
function Actions({ subject, entry, reviews, names, onOpen }: Props) {
  const may = (act: NonNullable<Entry['may']>[number]) => entry.may?.includes(act) ?? false;
  const name = (action: string) => `${action}: ${entry.title}`;
  if (waiting.value.has(entry.id))
    return (
      <div class="actions">
        <button key="confirm" type="button" class="button small" aria-label={name(t().common.undo)} onClick={() => undoConfirm(entry.id)}>{t().common.undo}</button>
        <button type="button" class="button small quiet" aria-label={name(t().entry.sendNow)} onClick={() => void confirmNow(entry.id)}>{t().entry.sendNow}</button>
      </div>
    );
  if (!entry.may?.length && !reviews && !names) return null;
  return (
    <div class="actions">
      {reviews && (
        <button type="button" class="button small" aria-label={name(t().entry.review)} onClick={() => onOpen({ what: 'review', entry })}>{t().entry.review}</button>
      )}
      {may('confirm') && (
        <button key="confirm" type="button" class="button small" aria-label={name(t().entry.confirm)} onClick={() => confirmLater(subject, entry)}>
          <Icon name="check" size={16} />{t().entry.confirm}
        </button>
      )}
      {may('return') && (
        <button type="button" class="button small" aria-label={name(t().entry.return)} onClick={() => onOpen({ what: 'return', entry })}>
          <Icon name="back" size={16} />{t().entry.return}
        </button>
      )}
      {may('correct') && (
        <button type="button" class={entry.status === 'returned' ? 'button small' : 'button small quiet'} aria-label={name(t().entry.fix)}
          onClick={() => onOpen({ what: 'fix', entry })}>{t().entry.fix}</button>
      )}
      {may('withdraw') && (
        <button type="button" class="button small quiet" aria-label={name(t().entry.withdraw)} onClick={() => onOpen({ what: 'withdraw', entry })}>{t().entry.withdraw}</button>
      )}
      {may('comment') && (
        <button type="button" class="button small quiet" aria-label={name(t().entry.comment)} onClick={() => onOpen({ what: 'comment', entry })}>{t().entry.comment}</button>
      )}
      {names && entry.status === 'confirmed' && (
        <button type="button" class="button small quiet" aria-label={name(t().entry.expert)} onClick={() => onOpen({ what: 'expert', entry })}>{t().entry.expert}</button>
      )}
      {may('erase') && (
        <button type="button" class="button small quiet" aria-label={name(t().erase.entry)} onClick={() => onOpen({ what: 'erase', entry })}>{t().erase.entry}</button>
      )}
    </div>
  );
}

export function EntryCard({ subject, entry, reviews, names, onOpen }: Props) {
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
        : <Body subject={subject} entry={entry} />}
      <p class="byline">
        {entry.by.name && <span>{entry.by.name}, {entry.by.role}</span>}
        <span>{entry.author.name}</span>
        <When iso={entry.time} />
        {entry.time_in_doubt && <Mark tone="wait" shape="clock" text={t().time.inDoubt} />}
      </p>
      <Latest entry={entry} />
      <div class="entry-foot">
        <Actions subject={subject} entry={entry} reviews={reviews} names={names} onOpen={onOpen} />
        <History entry={entry} />
      </div>
    </article>
  );
}
