import { useSignal } from '@preact/signals';
import { st } from '../i18n/staff';
import type { StudentCard } from '../lib/api';
import { fill, fullName } from '../lib/format';
import { present } from '../lib/people';
import { PersonCode, type CodeFor } from './PersonCode';
import { StudentDialog } from './StudentDialog';

const peopleOf = (student: StudentCard): CodeFor[] => [
  { kind: 'student', person: student.id, text: fill(st().access.self, { name: fullName(student) }) },
  ...present(student.guardians).map((one) => (
    { kind: 'guardian', person: student.id, guardian: one.id, text: fill(st().access.guardian, { name: fullName(one) }) } as const
  )),
];

/** What the administrator does on a student's page: corrects the card, makes login codes for the family. */
export function StudentOffice({ student }: { student: StudentCard }) {
  const editing = useSignal(false);
  return (
    <>
      <button type="button" class="button" onClick={() => { editing.value = true; }}>{st().pupil.edit}</button>
      <PersonCode people={peopleOf(student)} />
      {editing.value && <StudentDialog student={student} onClose={() => { editing.value = false; }} />}
    </>
  );
}
