import { t } from '../i18n';
import { start } from '../i18n/start';
import type { Network, Transfer } from '../lib/api';
import { useNetwork, useSchool, useStudents, useTransfers } from '../lib/data';
import { ago, date, fill, number, plural, type Forms } from '../lib/format';
import { now } from '../lib/clock';
import { leaderOf, useClasses } from '../lib/people';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { lazy } from '../parts/lazy';
import { Page } from '../parts/Page';
import { Empty, Failed, Loaded, Skeleton } from '../parts/States';
import { refresh } from '../lib/resource';
import { NextStep } from './NextStep';
import { BackupMark, backupState } from './BackupMark';

// Only while a neighbour lacks something: its words are those of the whole office.
const Replication = lazy(() => import('../network/Replication').then((m) => m.Replication), { part: true });

type Task = { key: string; count: number; forms: Forms; href: string; oldest: string | null; names: string[] };

const earliest = (times: (string | null)[]) => times.filter((one) => one !== null).sort()[0] ?? null;
const studentName = (one: Transfer) => (one.student ? `${one.student.family} ${one.student.given}` : start().unknownStudent);
const isOver = (one: Transfer) => ['accepted', 'declined', 'void', 'expired'].includes(one.state);

function transferTask(key: string, forms: Forms, href: string, all: Transfer[]): Task {
  return { key, count: all.length, forms, href, oldest: earliest(all.map((one) => one.created)), names: all.map(studentName) };
}

function peersTask(network: Network): Task {
  const behind = network.peers.filter((one) => !one.complete);
  return {
    key: 'peers', count: behind.length, forms: t().home.peers, href: '/network',
    oldest: earliest(behind.map((one) => one.last_success)), names: behind.map((one) => one.school.name),
  };
}

function TaskRow({ task }: { task: Task }) {
  const text = plural(task.count, task.forms);
  const shown = task.names.slice(0, 3).join(', ') + (task.names.length > 3 ? '…' : '');
  return (
    <li>
      <Link href={task.href} class="task">
        <span class="task-count">{number(task.count)}</span>
        <span class="task-text">
          <strong>{text}</strong>
          <span>{shown}{task.oldest && ` · ${fill(t().home.oldest, { ago: ago(task.oldest) })}`}</span>
        </span>
        <Icon name="down" />
      </Link>
    </li>
  );
}

function Tasks() {
  const transfers = useTransfers();
  const network = useNetwork();
  const students = useStudents({ waiting: true, limit: 5 });
  const classes = useClasses('class');
  const error = transfers.error ?? network.error ?? students.error ?? classes.error;
  if (!transfers.data || !network.data || !students.data || !classes.data)
    return error ? <Failed error={error} onRetry={() => refresh()} /> : <Skeleton />;
  const { outgoing, incoming } = transfers.data;
  const leaderless = classes.data.filter((one) => !leaderOf(one));
  const all: Task[] = [
    transferTask('claims', t().home.claims, '/transfers?tab=out', outgoing.filter((one) => one.state === 'claimed')),
    {
      key: 'unconfirmed', count: students.data.total, forms: t().home.unconfirmed, href: '/students?waiting=true',
      oldest: null, names: students.data.items.map((one) => `${one.family} ${one.given}`.trim() || t().students.arriving),
    },
    {
      key: 'classes', count: leaderless.length, forms: t().work.classes, href: '/classes', oldest: null, names: leaderless.map((one) => one.name),
    },
    transferTask('incoming', t().home.incoming, '/transfers?tab=in', incoming.filter((one) => !isOver(one))),
    peersTask(network.data),
  ];
  const tasks = all.filter((one) => one.count > 0);
  return (
    <>
      {error && <Failed error={error} onRetry={() => refresh()} />}
      {tasks.length ? <ul class="tasks">{tasks.map((one) => <TaskRow key={one.key} task={one} />)}</ul>
        : <Empty title={t().home.nothing} text={t().home.nothingText} />}
    </>
  );
}

export function AdministratorHome() {
  const school = useSchool();
  const behind = useNetwork().data?.peers.some((one) => !one.complete);
  return (
    <Page title={t().home.title} lead={<time dateTime={new Date(now.value).toISOString()}>{date(new Date(now.value).toISOString())}</time>}>
      <NextStep />
      <section aria-labelledby="waits">
        <h2 id="waits">{t().home.waits}</h2>
        <Tasks />
      </section>
      {behind && <Replication />}
      <section aria-labelledby="numbers">
        <h2 id="numbers">{t().home.numbers}</h2>
        <Loaded of={school} retry="school" rows={1}>
          {(data) => (
            <ul class="numbers">
              <li><Link href="/students">{plural(data.students, t().home.students)}</Link></li>
              <li><Link href="/staff">{plural(data.staff, t().home.staff)}</Link></li>
              <li><Link href="/server">{plural(data.records, t().home.records)}</Link></li>
              <li><Link href="/server"><BackupMark state={backupState(data.backup)} /></Link></li>
            </ul>
          )}
        </Loaded>
      </section>
    </Page>
  );
}
