// The cabinet of a family: one child, each section at an address of its own.
import { t } from '../i18n';
import { chooseChild, useChild, useChildren } from '../lib/child';
import { useStudent } from '../lib/data';
import { fill, fullName } from '../lib/format';
import { is } from '../lib/session';
import { Page } from '../parts/Page';
import { Empty, Skeleton } from '../parts/States';
import { Timeline } from '../parts/Timeline';
import { Consents } from './Consents';
import { Looks } from './Looks';
import { OpenPage } from './OpenPage';
import { Plan } from './Plan';
import { Profile } from './Profile';
import { Results } from './Results';

export const SECTIONS = ['portfolio', 'results', 'plan', 'consents', 'page', 'looks'] as const;
export type ChildSection = (typeof SECTIONS)[number];

function Choose({ id }: { id: string }) {
  const children = useChildren().data?.items ?? [];
  if (!is('parent') || children.length < 2) return null;
  return (
    <ul class="chips">
      {children.map((one) => (
        <li key={one.id}><button type="button" class="chip" aria-pressed={one.id === id} onClick={() => chooseChild(one.id)}>{one.given}{one.class && <span>{one.class}</span>}</button></li>
      ))}
    </ul>
  );
}

function Section({ section, id }: { section: ChildSection; id: string }) {
  switch (section) {
    case 'portfolio': return <><Profile subject={{ about: 'student', id }} /><Timeline subject={{ about: 'student', id }} title={t().child.entries} empty={t().child.empty} emptyText={t().child.emptyText} /></>;
    case 'results': return <Results id={id} />;
    case 'plan': return <Plan id={id} />;
    case 'consents': return <Consents id={id} />;
    case 'page': return <OpenPage whose="students" id={id} explain={t().openPage.student} />;
    case 'looks': return <Looks id={id} />;
  }
}

export function Child({ section }: { section: ChildSection }) {
  const id = useChild();
  const children = useChildren();
  return id === null
    ? <Page title={t().nav[section]}>{children.data ? <Empty title={t().child.nobody} /> : <Skeleton />}</Page>
    : <Of key={`${id}${section}`} id={id} section={section} />;
}

function Of({ id, section }: { id: string; section: ChildSection }) {
  const student = useStudent(id).data;
  return (
    <Page title={t().nav[section]} lead={student ? `${fullName(student)}${student.class ? `, ${fill(t().student.class, { name: student.class })}` : ''}` : '\u00a0'}>
      <Choose id={id} />
      <Section section={section} id={id} />
    </Page>
  );
}
