import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import type { StudentCard } from '../lib/api';
import { useSchool, useStudent } from '../lib/data';
import { date, fill, fullName } from '../lib/format';
import { CodeDialog } from '../parts/CodeDialog';
import { EntryForm } from '../parts/EntryForm';
import { cancelErasure, EraseStudentDialog } from '../parts/EraseDialogs';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { CustodyMark } from '../parts/Mark';
import { Page } from '../parts/Page';
import { Loaded } from '../parts/States';
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
        <span key={one.id}>{t().student.sameChild}: <Link href={`/students/${one.id}`}>{fullName(one) || one.id}</Link></span>
      ))}
      {student.transfer && student.custody !== 'enrolled' && (
        <Link href={`/transfers?tab=${['arriving', 'accepted'].includes(student.custody) ? 'in' : 'out'}&transfer=${student.transfer}`}>{t().student.transfer}</Link>
      )}
    </p>
  );
}

function Actions({ student, onAdd, onCode, onErase }: { student: StudentCard; onAdd: () => void; onCode: () => void; onErase: () => void }) {
  const canGo = ['enrolled', 'accepted', 'declined', 'void'].includes(student.custody) && !student.read_only;
  return (
    <>
      {!student.read_only && (
        <button type="button" class="button primary" onClick={onAdd}><Icon name="plus" />{t().student.addEntry}</button>
      )}
      {canGo && <button type="button" class="button" onClick={onCode}>{t().student.makeCode}</button>}
      <a class="button" href={`/api/v1/students/${student.id}/export`} download=""><Icon name="download" />{t().student.export}</a>
      <button type="button" class="button" onClick={() => print()}><Icon name="print" />{t().student.print}</button>
      {canGo && !student.erasure && <button type="button" class="button quiet" onClick={onErase}>{t().erase.student}</button>}
    </>
  );
}

/** On paper nothing can be unfolded. */
const unfold = () => document.querySelectorAll<HTMLDetailsElement>('details.history').forEach((one) => { one.open = true; });

export function Student({ id }: { id: string }) {
  const student = useStudent(id);
  const school = useSchool();
  const open = useSignal<'none' | 'entry' | 'code' | 'erase'>('none');
  const close = () => { open.value = 'none'; };
  useEffect(() => {
    addEventListener('beforeprint', unfold);
    return () => removeEventListener('beforeprint', unfold);
  }, []);
  const back = <Link href="/students" class="back"><Icon name="left" size={16} />{t().student.back}</Link>;
  if (!student.data) return <Page title={t().students.title} above={back}><Loaded of={student} retry={`student/${id}`}>{() => null}</Loaded></Page>;
  const data = student.data;
  if (!('custody' in data)) { /* an expert is told whom, and no more */
    const where = data.class && fill(t().student.class, { name: data.class });
    return <Page title={fullName(data)} above={back} lead={<p class="student-facts"><span>{where}</span></p>}>{null}</Page>;
  }
  return (
    <Page
      title={fullName(data) || t().students.arriving}
      above={back}
      lead={<Facts student={data} />}
      aside={<Actions student={data} onAdd={() => { open.value = 'entry'; }} onCode={() => { open.value = 'code'; }} onErase={() => { open.value = 'erase'; }} />}
    >
      <Banner student={data} />
      <Timeline student={data} onAdd={() => { open.value = 'entry'; }} />
      <p class="print-only">{school.data?.name} · {fill(t().common.printed, { date: date(new Date().toISOString()) })}</p>
      {open.value === 'entry' && <EntryForm student={id} onClose={close} />}
      {open.value === 'erase' && <EraseStudentDialog student={data} onClose={close} />}
      {open.value === 'code' && <CodeDialog student={data} onClose={close} />}
    </Page>
  );
}
