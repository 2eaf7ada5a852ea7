import { lazy } from './lib/lazy';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from './i18n';
import { follow } from './lib/live';
import { shownFrom } from './lib/offline';
import { flush } from './lib/pending';
import { route } from './lib/router';
import type { Session } from './lib/api';
import { begin, is, login, wasInside } from './lib/session';
import { takeUnfinished } from './lib/unfinished';
import { EntryForm, type Opening } from './parts/EntryForm';
import { Layout, Wordmark } from './parts/Layout';
import { Link } from './parts/Link';
import { Page } from './parts/Page';
import { Empty, Skeleton } from './parts/States';
import { Toasts } from './parts/Toasts';
import type { Listed } from './screens/WorkList';
import { Today } from './screens/Today';
import { Child, type ChildSection } from './cabinet/Child';
import { Login, Outside, Unreachable } from './screens/Login';

const AdministratorHome = lazy(() => import('./office/Home').then((m) => m.AdministratorHome));
const Students = lazy(() => import('./screens/Students').then((m) => m.Students));
const Student = lazy(() => import('./screens/Student').then((m) => m.Student));
const Transfers = lazy(() => import('./network/Transfers').then((m) => m.Transfers));
const Start = lazy(() => import('./office/Start').then((m) => m.Start));
const Claim = lazy(() => import('./screens/Claim').then((m) => m.Claim));
const Factor = lazy(() => import('./screens/Factor').then((m) => m.Factor));
const Account = lazy(() => import('./screens/Account').then((m) => m.Account));
const Review = lazy(() => import('./screens/Review').then((m) => m.Review));
const Own = lazy(() => import('./screens/Own').then((m) => m.Own));
const Accounts = lazy(() => import('./office/Accounts').then((m) => m.Accounts));
const Classes = lazy(() => import('./classroom/Classes').then((m) => m.Classes));
const Class = lazy(() => import('./classroom/Class').then((m) => m.Class));
const Cards = lazy(() => import('./lessons/Cards').then((m) => m.Cards));
const Card = lazy(() => import('./lessons/Card').then((m) => m.Card));
const Constructor = lazy(() => import('./lessons/Constructor').then((m) => m.Constructor));
const Search = lazy(() => import('./screens/Search').then((m) => m.Search));
const WorkList = lazy(() => import('./screens/WorkList').then((m) => m.WorkList));
const Network = lazy(() => import('./network/Network').then((m) => m.Network));
const Erasures = lazy(() => import('./office/Erasures').then((m) => m.Erasures));
const Public = lazy(() => import('./screens/Public').then((m) => m.Public));
const Import = lazy(() => import('./office/Import').then((m) => m.Import));
const Staff = lazy(() => import('./office/Staff').then((m) => m.Staff));
const StaffCard = lazy(() => import('./office/StaffCard').then((m) => m.StaffCard));
const AllClasses = lazy(() => import('./office/Classes').then((m) => m.Classes));
const Promotion = lazy(() => import('./office/Promotion').then((m) => m.Promotion));
const Duplicates = lazy(() => import('./office/Duplicates').then((m) => m.Duplicates));
const Lists = lazy(() => import('./office/Lists').then((m) => m.Lists));
const Journal = lazy(() => import('./office/Journal').then((m) => m.Journal));
const Server = lazy(() => import('./office/Server').then((m) => m.Server));
const Analysis = lazy(() => import('./office/Analysis').then((m) => m.Analysis));

/** The administrator's own screens. */
function officeScreen(path: string) {
  const staff = /^\/staff\/([0-9a-f]+)$/.exec(path);
  if (staff) return <StaffCard key={staff[1]} id={staff[1]!} />;
  switch (path) {
    case '/staff': return <Staff />;
    case '/classes': return <AllClasses />;
    case '/promotion': return <Promotion />;
    case '/duplicates': return <Duplicates />;
    case '/accounts': return <Accounts />;
    case '/lists': return <Lists />;
    case '/journal': return <Journal />;
    case '/server': return <Server />;
    default: return null;
  }
}

function NotFound() {
  return (
    <Page title={t().common.notFound}>
      <Empty title={t().common.notFoundText}>
        <Link href="/" class="button">{t().common.toHome}</Link>
      </Empty>
    </Page>
  );
}

function Screen() {
  const { path } = route.value;
  const student = /^\/students\/([0-9a-f]+)$/.exec(path);
  // Whose screens these are is not known while the node is asked who is here.
  const asking = login.value.state === 'asking';
  if (path === '/') return asking ? <Skeleton /> : is('administrator') ? <AdministratorHome /> : <Today />;
  const child = /^\/child\/(portfolio|results|plan|consents|page|looks)$/.exec(path);
  if (child && is('student', 'parent')) return <Child section={child[1] as ChildSection} />;
  if (path === '/start') return <Start />;
  if (path === '/students') return <Students />;
  if (student) return <Student key={student[1]} id={student[1]!} />;
  if (path === '/transfers') return <Transfers />;
  if (path === '/network') return <Network />;
  if (path === '/erasures') return <Erasures />;
  if (path === '/import') return <Import />;
  if (path === '/search') return <Search />;
  if (path === '/account') return <Account />;
  const listed = /^\/work\/(polls|deviations|reviews)$/.exec(path);
  if (listed) return <WorkList what={listed[1] as Listed} />;
  if (path === '/cards' && is('teacher')) return <Cards />;
  if (path === '/cards/new' && is('teacher')) return <Constructor key="new" />;
  const card = /^\/cards\/([0-9a-f]+)(\/edit)?$/.exec(path);
  if (card && is('teacher')) return card[2] ? <Constructor key={card[1]} replaces={card[1]!} /> : <Card key={card[1]} id={card[1]!} />;
  if (path === '/classes' && is('teacher')) return <Classes />;
  const group = /^\/classes\/([0-9a-f]+)$/.exec(path);
  if (group) return <Class key={group[1]} id={group[1]!} />;
  if (path === '/review' && is('teacher')) return <Review />;
  if (path === '/own' && is('teacher')) return <Own />;
  if (path === '/analysis' && is('teacher', 'administrator')) return <Analysis />;
  return (is('administrator') && officeScreen(path)) || (asking ? <Skeleton /> : <NotFound />);
}

function Inside() {
  // A second factor that is compulsory comes before everything.
  const { session } = login.value as { session?: Session };
  if (session?.totp.required && !session.totp.on) return <Outside><Factor /></Outside>;
  return <Work />;
}

function Work() {
  useEffect(follow, []);
  // A confirmation still open to undo is sent when its screen is left.
  const path = route.value.path;
  useEffect(() => flush, [path]);
  // Another screen, another age of what it shows.
  useEffect(() => { shownFrom.value = null; }, [path]);
  const form = useSignal(takeUnfinished<Opening>());
  return (
    <Layout>
      <Screen />
      {form.value && <EntryForm {...form.value} onClose={() => { form.value = null; }} />}
    </Layout>
  );
}

/** What index.html shows before the script has come. */
function Waiting() {
  return (
    <div class="frame">
      <header class="masthead"><span class="brand"><Wordmark /></span></header>
      <main><Skeleton /></main>
    </div>
  );
}

export function App() {
  const { path } = route.value;
  const open = /^\/p\/([0-9a-f]{32})$/.exec(path);
  const state = login.value.state;
  useEffect(() => { if (!open) void begin(); }, []);
  if (open) return <Public token={open[1]!} />;
  return (
    <>
      {path === '/start' && state !== 'in' ? <Start />
        : path === '/claim' && state !== 'in' ? <Claim />
        : state === 'in' || (state === 'asking' && wasInside) ? <Inside />
        : state === 'out' ? <Login />
        : state === 'unreachable' ? <Unreachable />
        : <Waiting />}
      <Toasts />
    </>
  );
}
