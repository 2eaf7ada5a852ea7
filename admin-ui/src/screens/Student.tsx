import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import type { StudentCard } from '../lib/api';
import { useSchool, useStudent } from '../lib/data';
import { part } from '../lib/links';
import { date, fill, fullName } from '../lib/format';
import { route } from '../lib/router';
import { is } from '../lib/session';
import { Consents } from '../cabinet/Consents';
import { Looks } from '../cabinet/Looks';
import { Plan } from '../cabinet/Plan';
import { Results } from '../cabinet/Results';
import { StudentOffice } from '../office/StudentOffice';
import { CodeDialog } from '../network/CodeDialog';
import { Download } from '../parts/Download';
import { cancelErasure, EraseStudentDialog } from '../parts/EraseDialogs';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { CustodyMark } from '../parts/Mark';
import { Page } from '../parts/Page';
import { Loaded } from '../parts/States';
import { Tabs } from '../parts/Tabs';
import { Timeline } from '../parts/Timeline';

function Banner({ student }: { student: StudentCard }) {
  if (student.erasure)
    return (
      <div class="notice wait" role="status">
        <p>{fill(t().erase.banner, { date: date(student.erasure.due) })}</p>
        <button type="button" class="button small" onClick={() => void cancelErasure(student.id)}>{t().erase.cancel}</button>
      </div>
    );
  if (student.custody === 'disputed') return <p class="notice bad">{t().student.disputed}</p>;
  if (student.custody === 'arriving') return <p class="notice">{t().student.arriving}</p>;
  if (!student.read_only) return null;
  const text = student.custody === 'transferred' && student.custodian
    ? fill(t().student.readOnlyTransferred, { school: student.custodian.name }) : t().student.readOnly;
  return <p class="notice locked"><Icon name="lock" /><span>{text}</span></p>;
}

function Facts({ student }: { student: StudentCard }) {
  const school = useSchool();
  const away = student.custodian && school.data && student.custodian.id !== school.data.id;
  return (
    <p class="student-facts">
      <CustodyMark custody={student.custody} />
      {student.class && <span>{fill(t().student.class, { name: student.class })}</span>}
      {student.birth_date && <span>{t().students.birthDate.toLowerCase()}: <time dateTime={student.birth_date}>{date(student.birth_date)}</time></span>}
      {(away || !student.custodian) && (
        <span>{t().student.custodian}: {student.custodian?.name ?? t().student.nobody}</span>
      )}
      {student.links.map((one) => (
        <span key={one.id}>
          {t().student.sameChild}: <Link href={`/students/${one.id}`}>{fullName(one) || one.id}</Link>
          {is('administrator') && <> · <button type="button" class="text-button" onClick={() => void part(student.id, one.id)}>{st().pupil.part}</button></>}
        </span>
      ))}
      {student.transfer && student.custody !== 'enrolled' && (
        <Link href={`/transfers?tab=${['arriving', 'accepted'].includes(student.custody) ? 'in' : 'out'}&transfer=${student.transfer}`}>{t().student.transfer}</Link>
      )}
    </p>
  );
}

function Actions({ student, onCode, onErase }: { student: StudentCard; onCode: () => void; onErase: () => void }) {
  const canGo = is('administrator') && ['enrolled', 'accepted', 'declined', 'void'].includes(student.custody) && !student.read_only;
  // The administrator has more to do here: what is only read stands back.
  const read = is('administrator') ? 'button quiet' : 'button';
  const near = student.relations?.some((one) => one !== 'teacher' && one !== 'expert');
  const reads = (
    <>
      {near && <a class={read} href={`/api/v1/students/${student.id}/transcript`} target="_blank" rel="noreferrer"><Icon name="paper" />{t().student.transcript}</a>}
      {is('administrator') && <Download class={read} href={`/api/v1/students/${student.id}/export`} text={t().student.export} />}
      <button type="button" class={read} onClick={() => print()}><Icon name="print" />{t().student.print}</button>
    </>
  );
  if (!is('administrator')) return reads;
  return (
    <>
      {!student.read_only && <StudentOffice student={student} />}
      {canGo && <button type="button" class="button" onClick={onCode}>{t().student.makeCode}</button>}
      <div class="quiet-acts">
        {reads}
        {canGo && !student.erasure && <button type="button" class="button quiet" onClick={onErase}>{t().erase.student}</button>}
      </div>
    </>
  );
}

/** On paper nothing can be unfolded. */
const unfold = () => document.querySelectorAll<HTMLDetailsElement>('details.history').forEach((one) => { one.open = true; });

type Section = 'portfolio' | 'results' | 'plan' | 'consents' | 'looks';
/** What there is to see for who is that to the student. */
function sectionsFor(student: StudentCard): Section[] {
  const is = (...relations: string[]) => student.relations?.some((one) => relations.includes(one)) ?? false;
  const all: [Section, boolean][] = [
    ['portfolio', true],
    ['results', is('teacher', 'class_teacher', 'tutor', 'administrator')],
    ['plan', is('teacher', 'class_teacher', 'tutor')],
    ['consents', is('class_teacher', 'tutor')],
    ['looks', is('class_teacher', 'tutor')],
  ];
  return all.filter(([, may]) => may).map(([section]) => section);
}

function Guardians({ student }: { student: StudentCard }) {
  if (!student.guardians?.length) return null;
  return (
    <details class="guardians">
      <summary>{t().student.guardians}</summary>
      <ul class="rows">{student.guardians.map((one) => <li key={one.id} class="row"><span>{fullName(one)}</span></li>)}</ul>
    </details>
  );
}

function Shown({ student, section }: { student: StudentCard; section: Section }) {
  switch (section) {
    case 'portfolio': return <Timeline subject={{ about: 'student', id: student.id }} title={t().child.entries} empty={t().student.empty} emptyText={t().student.emptyText} />;
    case 'results': return <Results id={student.id} />;
    case 'plan': return <Plan id={student.id} />;
    case 'consents': return <Consents id={student.id} />;
    case 'looks': return <Looks id={student.id} />;
  }
}

export function Student({ id }: { id: string }) {
  const student = useStudent(id);
  const school = useSchool();
  const open = useSignal<'none' | 'code' | 'erase'>('none');
  const close = () => { open.value = 'none'; };
  useEffect(() => {
    addEventListener('beforeprint', unfold);
    return () => removeEventListener('beforeprint', unfold);
  }, []);
  const back = is('parent') ? <Link href="/" class="back"><Icon name="left" size={16} />{t().nav.home}</Link>
    : <Link href="/students" class="back"><Icon name="left" size={16} />{t().student.back}</Link>;
  if (!student.data) return <Page title={t().students.title} above={back}><Loaded of={student} retry={`student/${id}`}>{() => null}</Loaded></Page>;
  const data = student.data;
  if (!('custody' in data)) return <Page title={fullName(data)} above={back}><Timeline subject={{ about: 'student', id }} title={t().student.portfolio} empty={t().student.empty} /></Page>;
  const sections = sectionsFor(data);
  const asked = route.value.query.get('section') as Section | null;
  const section = asked && sections.includes(asked) ? asked : sections[0]!;
  return (
    <Page
      title={fullName(data) || t().students.arriving}
      above={back}
      lead={<Facts student={data} />}
      aside={<Actions student={data} onCode={() => { open.value = 'code'; }} onErase={() => { open.value = 'erase'; }} />}
    >
      <Banner student={data} />
      <Guardians student={data} />
      {sections.length > 1 && (
        <Tabs label={t().student.sections} tabs={sections.map((one) => ({ href: `/students/${id}${one === 'portfolio' ? '' : `?section=${one}`}`, text: t().nav[one], count: 0, current: one === section }))} />
      )}
      <Shown student={data} section={section} />
      <p class="print-only">{school.data?.name} · {fill(t().common.printed, { date: date(new Date().toISOString()) })}</p>
      {open.value === 'erase' && <EraseStudentDialog student={data} onClose={close} />}
      {open.value === 'code' && <CodeDialog student={data} onClose={close} />}
    </Page>
  );
}
