import { t } from '../i18n';
import { st } from '../i18n/staff';
import type { ClassCard } from '../lib/api';
import { useClass, type HeldClass } from '../lib/people';
import { fill, fullName, plural, schoolYear } from '../lib/format';
import { route } from '../lib/router';
import { is } from '../lib/session';
import { OpenPage } from '../cabinet/OpenPage';
import { ClassActions, ClassStaff } from '../office/ClassOffice';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';
import { Tabs } from '../parts/Tabs';
import { Timeline } from '../parts/Timeline';
import { External } from './External';
import { Matrix } from './Matrix';
import { Rating } from './Rating';

type Section = 'students' | 'rating' | 'matrix' | 'works' | 'external' | 'site';

/** What there is to do for who is that to the class. */
function sectionsFor(group: ClassCard): Section[] {
  const to = (...relations: string[]) => group.relations?.some((one) => relations.includes(one)) ?? false;
  const all: [Section, boolean][] = [
    ['students', true],
    ['rating', to('teacher', 'class_teacher', 'expert')],
    ['matrix', to('teacher', 'class_teacher', 'tutor', 'administrator')],
    ['works', true],
    ['external', to('teacher', 'class_teacher', 'administrator')],
    ['site', to('class_teacher', 'tutor')],
  ];
  return all.filter(([, may]) => may).map(([section]) => section);
}

function Members({ group }: { group: ClassCard }) {
  // An expert sees the names alone.
  const near = group.relations?.some((one) => one !== 'expert');
  if (!group.members?.length) return <Empty title={st().classroom.empty} text={st().classroom.emptyText} />;
  return (
    <ul class="rows">
      {group.members.map((one) => (
        <li key={one.id} class="row">
          <Link href={`/students/${one.id}`}>{fullName(one)}</Link>
          {near && <Link href={`/students/${one.id}?section=results`} class="button small quiet" label={`${t().nav.results}: ${fullName(one)}`}>{t().nav.results}</Link>}
        </li>
      ))}
    </ul>
  );
}

function Facts({ group }: { group: ClassCard }) {
  const words = st().groups;
  return (
    <p class="student-facts">
      <span>{words.types[group.type]}</span>
      <span>{fill(words.year, { year: schoolYear(group.year) })}</span>
      <span>{plural(group.students, t().home.students)}</span>
      {group.pilot && <span class="tag">{words.pilotTag}</span>}{group.closed && <span class="tag">{words.closed}</span>}
    </p>
  );
}

function Shown({ group, section }: { group: HeldClass; section: Section }) {
  switch (section) {
    case 'students': return !is('administrator') ? <Members group={group} /> : (
      <>
        <ClassStaff card={group} />
        <section><h2>{st().classroom.tabs.students}</h2><Members group={group} /></section>
      </>
    );
    case 'rating': return <Rating group={group} />;
    case 'matrix': return <Matrix group={group} />;
    case 'works': return <Timeline subject={{ about: 'class', id: group.id }} title={st().classroom.works} empty={st().classroom.noWorks} emptyText={st().classroom.noWorksText} />;
    case 'external': return <External group={group} />;
    case 'site': return <OpenPage whose="classes" id={group.id} explain={t().openPage.class} />;
  }
}

/** A class or group: its people, and the work with all of them at once. */
export function Class({ id }: { id: string }) {
  const group = useClass(id);
  const back = is('parent') ? <Link href="/" class="back"><Icon name="left" size={16} />{t().nav.home}</Link>
    : <Link href="/classes" class="back"><Icon name="left" size={16} />{t().nav.classes}</Link>;
  if (!group.data) return <Page title={t().nav.classes} above={back}><Loaded of={group} retry={`class/${id}`}>{() => null}</Loaded></Page>;
  const data = group.data;
  const sections = sectionsFor(data);
  const asked = route.value.query.get('section') as Section | null;
  const section = asked && sections.includes(asked) ? asked : 'students';
  return (
    <Page title={data.name} above={back} lead={<Facts group={data} />} aside={is('administrator') && <ClassActions card={data} />}>
      <Tabs label={st().classroom.sections} tabs={sections.map((one) => ({
        href: `/classes/${id}${one === 'students' ? '' : `?section=${one}`}`, text: st().classroom.tabs[one], count: 0, current: one === section,
      }))} />
      <Shown group={data} section={section} />
    </Page>
  );
}
