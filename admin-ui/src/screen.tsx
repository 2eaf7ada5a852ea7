// Which screen an address is, by role. What is not of the first page is fetched when it is first shown.
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Role } from './lib/api';
import { chooseChild, useChildren } from './lib/child';
import { lazy } from './parts/lazy';
import { go, route } from './lib/router';
import { is, login } from './lib/session';
import { t } from './i18n';
import { Child, SECTIONS, type ChildSection } from './cabinet/Child';
import { Link } from './parts/Link';
import { Page } from './parts/Page';
import { Empty, Skeleton } from './parts/States';
import { Today } from './screens/Today';
import type { Listed } from './screens/WorkList';

const staff = () => import('./bundles/staff');
const office = () => import('./bundles/office');
const Account = lazy(() => import('./screens/Account').then((m) => m.Account));
const Analysis = lazy(() => staff().then((m) => m.Analysis));
const Card = lazy(() => staff().then((m) => m.Card));
const Cards = lazy(() => staff().then((m) => m.Cards));
const Class = lazy(() => staff().then((m) => m.Class));
const Classes = lazy(() => staff().then((m) => m.Classes));
const Constructor = lazy(() => staff().then((m) => m.Constructor));
const Own = lazy(() => staff().then((m) => m.Own));
const Review = lazy(() => staff().then((m) => m.Review));
const Search = lazy(() => staff().then((m) => m.Search));
const Student = lazy(() => staff().then((m) => m.Student));
const Students = lazy(() => staff().then((m) => m.Students));
const WorkList = lazy(() => staff().then((m) => m.WorkList));
const Accounts = lazy(() => office().then((m) => m.Accounts));
const AdministratorHome = lazy(() => import('./office/Home').then((m) => m.AdministratorHome));
const AllClasses = lazy(() => office().then((m) => m.Classes));
const Duplicates = lazy(() => office().then((m) => m.Duplicates));
const Erasures = lazy(() => office().then((m) => m.Erasures));
const Import = lazy(() => office().then((m) => m.Import));
const Journal = lazy(() => office().then((m) => m.Journal));
const Lists = lazy(() => office().then((m) => m.Lists));
const Network = lazy(() => office().then((m) => m.Network));
const Promotion = lazy(() => office().then((m) => m.Promotion));
const Server = lazy(() => office().then((m) => m.Server));
const Setup = lazy(() => office().then((m) => m.Setup));
const Staff = lazy(() => office().then((m) => m.Staff));
const StaffCard = lazy(() => office().then((m) => m.StaffCard));
const Transfers = lazy(() => office().then((m) => m.Transfers));

type Draw = (found: string[]) => ComponentChildren;
type Screen = [address: RegExp, roles: Role[], draw: Draw];

const ID = '([0-9a-f]+)';
const at = (address: string) => new RegExp(`^${address}$`);
const ALL: Role[] = ['student', 'parent', 'teacher', 'administrator', 'observer'];
const FAMILY: Role[] = ['student', 'parent'];
const STAFF: Role[] = ['teacher', 'administrator'];
// A parent may be an expert of a work, or of an event of a class.
const EXPERTS: Role[] = ['teacher', 'administrator', 'parent'];
const TEACHER: Role[] = ['teacher'];
const OFFICE: Role[] = ['administrator'];

const SCREENS: Screen[] = [
  [at('/'), OFFICE, () => <AdministratorHome />],
  [at('/'), ALL, () => <Today />],
  [at('/account'), ALL, () => <Account />],
  [at('/search'), [...FAMILY, ...STAFF], () => <Search />],
  [at(`/child/(${SECTIONS.join('|')})`), FAMILY, ([section]) => <Child section={section as ChildSection} />],

  [at(`/students/${ID}`), FAMILY, ([id]) => <Relative key={id} id={id!} />],
  [at('/students'), STAFF, () => <Students />],
  [at(`/students/${ID}`), EXPERTS, ([id]) => <Student key={id} id={id!} />],
  [at('/classes'), OFFICE, () => <AllClasses />],
  [at('/classes'), TEACHER, () => <Classes />],
  [at(`/classes/${ID}`), EXPERTS, ([id]) => <Class key={id} id={id!} />],
  [at('/analysis'), STAFF, () => <Analysis />],

  [at('/review'), TEACHER, () => <Review />],
  [at('/tasks/(polls|deviations|reviews)'), [...TEACHER, 'parent'], ([what]) => <WorkList what={what as Listed} />],
  [at('/own'), TEACHER, () => <Own />],
  [at('/cards'), TEACHER, () => <Cards />],
  [at('/cards/new'), TEACHER, () => <Constructor key="new" />],
  [at(`/cards/${ID}/edit`), TEACHER, ([id]) => <Constructor key={id} replaces={id!} />],
  [at(`/cards/${ID}`), TEACHER, ([id]) => <Card key={id} id={id!} />],

  [at('/start'), OFFICE, () => <Setup />],
  [at('/staff'), OFFICE, () => <Staff />],
  [at(`/staff/${ID}`), OFFICE, ([id]) => <StaffCard key={id} id={id!} />],
  [at('/promotion'), OFFICE, () => <Promotion />],
  [at('/duplicates'), OFFICE, () => <Duplicates />],
  [at('/accounts'), OFFICE, () => <Accounts />],
  [at('/lists'), OFFICE, () => <Lists />],
  [at('/journal'), OFFICE, () => <Journal />],
  [at('/server'), OFFICE, () => <Server />],
  [at('/import'), OFFICE, () => <Import />],
  [at('/erasures'), OFFICE, () => <Erasures />],
  [at('/transfers'), OFFICE, () => <Transfers />],
  [at('/network'), OFFICE, () => <Network />],
];

/** A student as the family comes to one: their own child has a cabinet; of another's, whose expert they are, there is the work. */
function Relative({ id }: { id: string }) {
  const children = useChildren().data?.items;
  const own = children?.some((one) => one.id === id);
  useEffect(() => {
    if (!own) return;
    const query = new URLSearchParams(route.peek().query);
    const section = SECTIONS.find((one) => one === query.get('section')) ?? 'portfolio';
    query.delete('section');
    chooseChild(id);
    const rest = query.toString();
    go(`/child/${section}${rest && `?${rest}`}`, 'replace');
  }, [own]);
  return children && !own ? <Student id={id} /> : <Skeleton />;
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

export function Screen() {
  // Whose screens these are is not known while the node is asked who is here.
  if (login.value.state === 'asking') return <Skeleton />;
  for (const [address, roles, draw] of SCREENS) {
    const found = address.exec(route.value.path);
    if (found && is(...roles)) return <>{draw(found.slice(1))}</>;
  }
  return <NotFound />;
}
