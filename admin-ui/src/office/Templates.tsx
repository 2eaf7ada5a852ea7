import { useSignal } from '@preact/signals';
import { st } from '../i18n/staff';
import { ApiError, type Entry } from '../lib/api';
import { withdrawEntry, writeEntry } from '../lib/entries';
import { errorText } from '../lib/errors';
import { dateTime, fill, plural } from '../lib/format';
import { holds, SCHOOL, useSchoolEntries } from '../lib/items';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { EntryForm } from '../parts/EntryForm';
import { Icon } from '../parts/Icon';
import { Mark } from '../parts/Mark';
import { Empty, Loaded } from '../parts/States';
import { When } from '../parts/Time';

const KIND = 'lesson_template';
type Line = { last: Entry; versions: Entry[] };

/** Each template with all its versions, the newest first. */
function linesOf(entries: Entry[]): Line[] {
  const byId = new Map(entries.map((one) => [one.id, one]));
  return entries.filter((one) => one.replaced_by === null).map((last) => {
    const versions: Entry[] = [];
    for (let at: Entry | undefined = last; at; at = at.replaces ? byId.get(at.replaces) : undefined) versions.push(at);
    return { last, versions };
  }).sort((a, b) => a.last.title.localeCompare(b.last.title));
}

async function attempt(work: () => Promise<unknown>, done: string) {
  try {
    await work();
    toast(done);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(errorText(error), { tone: 'error' });
  }
  refresh('school/');
}

function Row({ line: { last, versions }, onEdit }: { line: Line; onEdit: () => void }) {
  const words = st().lists.templates;
  const offered = holds(last);
  const hide = () => attempt(() => withdrawEntry(SCHOOL, last, ''), words.hiddenDone);
  const show = () => attempt(() => writeEntry(SCHOOL, { kind: KIND, fields: last.fields as Record<string, unknown> }), words.shownDone);
  return (
    <li class="row">
      <span>
        <strong>{last.title}</strong><br />
        <span class="soft">{fill(words.last, { name: last.by.name, role: last.by.role })} · <When iso={last.time} /></span>
        {versions.length > 1 && (
          <details class="item-history">
            <summary>{plural(versions.length, words.history)}</summary>
            <ul>{versions.map((one) => <li key={one.id}>{one.title} · {fill(st().lists.by, { name: one.by.name, role: one.by.role })} · <time dateTime={one.time}>{dateTime(one.time)}</time></li>)}</ul>
          </details>
        )}
      </span>
      {!offered && <Mark tone="calm" shape="cross" text={words.hidden} />}
      <span class="row-acts">
        {offered && <button type="button" class="button small" aria-label={`${words.edit}: ${last.title}`} onClick={onEdit}>{words.edit}</button>}
        <button type="button" class="button small quiet" aria-label={`${offered ? words.hide : words.show}: ${last.title}`} onClick={() => void (offered ? hide() : show())}>{offered ? words.hide : words.show}</button>
      </span>
    </li>
  );
}

/** What teachers start their lesson cards from. */
export function Templates() {
  const entries = useSchoolEntries(KIND);
  const open = useSignal<'new' | Entry | null>(null);
  const words = st().lists.templates;
  const add = <button type="button" class="button primary" onClick={() => { open.value = 'new'; }}><Icon name="plus" />{words.add}</button>;
  return (
    <section>
      <div class="section-head"><p class="soft">{words.text}</p>{add}</div>
      <Loaded of={entries} retry={`school/entries/${KIND}`}>
        {(data) => data.length === 0 ? <Empty title={words.empty} text={words.emptyText} /> : (
          <ul class="rows">{linesOf(data).map((line) => <Row key={line.last.id} line={line} onEdit={() => { open.value = line.last; }} />)}</ul>
        )}
      </Loaded>
      {open.value && (
        <EntryForm subject={SCHOOL} writes={[KIND]} onClose={() => { open.value = null; }}
          preset={open.value === 'new' ? { kind: KIND } : undefined} replaces={open.value === 'new' ? undefined : open.value} />
      )}
    </section>
  );
}
