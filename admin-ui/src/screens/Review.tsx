import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, ok, type Entry } from '../lib/api';
import { fill, fullName, plural } from '../lib/format';
import { reviewKeys, useReviewKeys } from '../lib/keys';
import { joined } from '../lib/paged';
import { confirmAllLater, confirmLater } from '../lib/pending';
import { useResource } from '../lib/resource';
import { EntryCard } from '../parts/EntryCard';
import { EntryForm } from '../parts/EntryForm';
import { Icon } from '../parts/Icon';
import { KeysHelp } from '../parts/KeysHelp';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';
import type { Opened } from '../parts/Timeline';
import { VerdictDialog } from '../parts/VerdictDialog';

const AT_ONCE = 30;
const useQueue = (pages: number) => useResource(`review/${pages}`, () => joined(pages, (cursor) => ok(api.GET('/api/v1/moderation', { params: { query: { limit: AT_ONCE, cursor } } }))));
type Item = { student: { id: string; family: string; given: string; patronymic: string; class: string }; entry: Entry };

/** Everything that waits for one's confirmation, oldest first, one after another by thumb or by keyboard. */
export function Review() {
  const pages = useSignal(1);
  const queue = useQueue(pages.value);
  const opened = useSignal<Opened>(null);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const list = useRef<HTMLDivElement>(null);
  const items = (queue.data?.items ?? []) as Item[];
  const find = (id: string) => items.find((one) => one.entry.id === id);
  const subjectOf = (one: Item) => ({ about: 'student' as const, id: one.student.id });
  const close = () => { opened.value = null; };

  useReviewKeys(list, opened.value === null, {
    confirm: (id) => { const one = find(id); if (one) confirmLater(subjectOf(one), one.entry); },
    giveBack: (id) => { const one = find(id); if (one) opened.value = { what: 'return', entry: one.entry }; },
    help: () => { opened.value = { what: 'keys' }; },
  });

  const toggle = (id: string) => {
    const next = new Set(chosen.value);
    if (!next.delete(id)) next.add(id);
    chosen.value = next;
  };
  const confirmChosen = () => {
    const some = items.filter((one) => chosen.value.has(one.entry.id)).map((one) => ({ subject: subjectOf(one), entry: one.entry }));
    chosen.value = new Set();
    confirmAllLater(some, plural(some.length, st().review.confirmingSome));
  };

  const now = opened.value;
  const about = now && 'entry' in now ? find(now.entry.id) : undefined;
  return (
    <Page title={t().nav.review} lead={st().review.lead}
      aside={items.length > 0 && <button type="button" class="button quiet keys-button" onClick={() => { opened.value = { what: 'keys' }; }}><Icon name="keys" />{t().student.keys}</button>}>
      <Loaded of={queue} retry="review" rows={5}>
        {(data) => data.items.length === 0 ? <Empty title={st().review.empty} text={st().review.emptyText} /> : (
          <div ref={list}>
            <div class="bulk">
              <p class="list-count" role="status">{plural(data.total, st().review.count)}</p>
              {chosen.value.size > 0 && (
                <button type="button" class="button primary" onClick={confirmChosen}>
                  <Icon name="check" />{plural(chosen.value.size, st().review.confirmSome)}
                </button>
              )}
            </div>
            {items.map((one) => (
              <div key={one.entry.id} class="queued">
                <label class="check">
                  <input type="checkbox" checked={chosen.value.has(one.entry.id)} onChange={() => toggle(one.entry.id)} />
                  <span class="visually-hidden">{fill(st().review.choose, { title: one.entry.title })}</span>
                </label>
                <div>
                  <p class="queued-who"><Link href={`/students/${one.student.id}`}>{fullName(one.student)}</Link>, {one.student.class}</p>
                  <EntryCard subject={subjectOf(one)} entry={one.entry} onOpen={(what) => { opened.value = what; }} />
                </div>
              </div>
            ))}
            {data.next && <button type="button" class="button" onClick={() => { pages.value++; }}>{t().common.more}</button>}
          </div>
        )}
      </Loaded>
      {now?.what === 'keys' && <KeysHelp on={reviewKeys} onClose={close} />}
      {about && now?.what === 'fix' && <EntryForm subject={subjectOf(about)} writes={[about.entry.kind]} replaces={about.entry} onClose={close} />}
      {about && (now?.what === 'return' || now?.what === 'comment') && <VerdictDialog subject={subjectOf(about)} entry={about.entry} act={now.what} onClose={close} />}
    </Page>
  );
}
