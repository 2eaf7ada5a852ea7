import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { api, csrfHeader, ok } from '../lib/api';
import { chooseChild, useChild, useChildren } from '../lib/child';
import { now } from '../lib/clock';
import { useNews, useWork } from '../lib/data';
import { ago, date, fill, fullName, plural } from '../lib/format';
import { alike, type News as One } from '../lib/news';
import { refresh } from '../lib/resource';
import { schools } from '../lib/schools';
import { is, me } from '../lib/session';
import { Invited } from '../cabinet/Invited';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';
import { TaskList, type Task } from '../parts/Tasks';
import { When } from '../parts/Time';

type Item = { what: keyof typeof HREF; count: number; oldest: string | null; due: string | null; subjects: string[] };

// Where each kind of work is done. A family's work is in the child's cabinet, a teacher's in lists.
const HREF = {
  moderation: '/review', polls: '/tasks/polls', deviations: '/tasks/deviations', reviews: '/tasks/reviews', returned: '/child/portfolio?status=returned',
  consents: '/child/consents', route: '/child/plan', approvals: '/transfers?tab=out', classes: '/students',
} as const;

// A parent of several comes to the child that it is about.
function hrefOf({ what, subjects: [first] }: Item) {
  const [, section, query] = /^\/child\/(\w+)\??(.*)$/.exec(HREF[what]) ?? [];
  return section && first && is('parent') ? `/students/${first}?section=${section}&${query}` : HREF[what];
}

function taskOf(item: Item): Task {
  const about = [item.due && fill(t().work.due, { date: date(item.due) }), item.oldest && fill(t().home.oldest, { ago: ago(item.oldest) })];
  return { key: item.what, count: item.count, forms: t().work[item.what], href: hrefOf(item), about: about.filter(Boolean).join(' · ') };
}

const NEWS_FIRST = 6;
const NEWS_STEP = 20;

function Children() {
  const children = useChildren();
  const child = useChild();
  const here = children.data?.items ?? [];
  if (!is('parent') || here.length + schools.value.length < 2) return null;
  return (
    <section aria-labelledby="children">
      <h2 id="children">{t().work.children}</h2>
      <ul class="chips">
        {here.map((one) => (
          <li key={one.id}>
            <button type="button" class="chip" aria-pressed={one.id === child} onClick={() => chooseChild(one.id)}>
              {fullName(one)}{one.class && <span>{one.class}</span>}
            </button>
          </li>
        ))}
        {schools.value.map((one) => <li key={one.address}><a class="chip" href={one.address}>{one.name}<span>{t().work.elsewhere}</span></a></li>)}
      </ul>
    </section>
  );
}

// A teacher's own portfolio has a screen of its own.
const placeOf = (one: One) => `${is('teacher') && one.subject === me().person ? '/own' : `/students/${one.subject}`}?entry=${one.entry}`;
const By = ({ of }: { of: One }) => <>{of.by.name}, {of.by.role} · <When iso={of.time} /></>;

function Happened({ group: [first, ...rest] }: { group: One[] }) {
  if (!rest.length)
    return <li><Link href={placeOf(first!)}>{first!.title}</Link><span>{t().work.newsWhat[first!.what]} · <By of={first!} /></span></li>;
  return (
    <li>
      <details>
        <summary>{plural(rest.length + 1, t().work.newsMany[first!.what])}<span><By of={first!} /></span></summary>
        <ul class="news">
          {[first!, ...rest].map((one) => <li key={one.entry + one.time}><Link href={placeOf(one)}>{one.title}</Link></li>)}
        </ul>
      </details>
    </li>
  );
}

function News() {
  const news = useNews();
  const shown = useSignal(NEWS_FIRST);
  const seen = async () => {
    await ok(api.PUT('/api/v1/notifications/seen', { params: { header: csrfHeader() } }));
    refresh('news');
  };
  return (
    <section aria-labelledby="news">
      <h2 id="news">{t().work.news}{news.data && news.data.unseen > 0 && <span class="count-mark">{news.data.unseen}</span>}</h2>
      <Loaded of={news} retry="news">
        {(data) => {
          const groups = alike(data.items);
          return groups.length === 0 ? <p class="soft">{t().work.noNews}</p> : (
          <>
            <ul class="news">
              {groups.slice(0, shown.value).map((group) => <Happened key={group[group.length - 1]!.entry + group[0]!.what + group[group.length - 1]!.time} group={group} />)}
            </ul>
            <div class="actions">
              {groups.length > shown.value && <button type="button" class="button small" onClick={() => { shown.value += NEWS_STEP; }}>{t().common.more}</button>}
              {data.unseen > 0 && <button type="button" class="button small" onClick={() => void seen()}>{t().work.markSeen}</button>}
            </div>
          </>
          );
        }}
      </Loaded>
    </section>
  );
}

/** The first page of everybody but the administrator: what waits, then what happened. */
export function Today() {
  const work = useWork();
  return (
    <Page title={t().home.title} lead={<time dateTime={new Date(now.value).toISOString()}>{date(new Date(now.value).toISOString())}</time>}>
      <Children />
      <section aria-labelledby="waits">
        <h2 id="waits">{t().home.waits}</h2>
        <Loaded of={work} retry="work">
          {(data) => (data.items.length ? <TaskList tasks={(data.items as Item[]).map(taskOf)} /> : <Empty title={t().home.nothing} text={t().home.nothingText} />)}
        </Loaded>
        {is('parent') && <Invited />}
      </section>
      {is('observer') ? <p class="soft">{t().work.observer}</p> : <News />}
    </Page>
  );
}
