import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import { act, api, ApiError, ok, type StudentCard } from '../lib/api';
import { useCatalogue, useSchool } from '../lib/data';
import { useDraft } from '../lib/drafts';
import { useForm } from '../lib/form';
import { date, fill, fullName } from '../lib/format';
import { LETTERS } from '../lib/letters';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { DraftNote } from '../parts/DraftNote';
import { ErrorSummary } from '../parts/ErrorSummary';
import { SelectField, TextField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';
import { Icon } from '../parts/Icon';
import { Changed } from './Changed';
import { missingNames, NameFields, nameLabels, type Name } from './NameFields';

type Guardian = Name & { id?: string; relation: string; until: string };
type Draft = Name & { birth_date: string; class: string; joined: string; left: string; guardians: Guardian[] };
const MOST_GUARDIANS = 6;

const draftOf = (one: StudentCard): Draft => ({
  family: one.family, given: one.given, patronymic: one.patronymic, birth_date: one.birth_date ?? '', class: one.class, joined: one.joined ?? '', left: one.left ?? '',
  guardians: (one.guardians ?? []).map(({ id, family, given, patronymic, relation, until }) => ({ id, family, given, patronymic, relation, until: until ?? '' })),
});
const bodyOf = (value: Draft) => ({
  family: value.family.trim(), given: value.given.trim(), patronymic: value.patronymic.trim() || undefined,
  birth_date: value.birth_date || undefined, class: value.class.trim() || undefined, joined: value.joined || undefined, left: value.left || undefined,
  guardians: value.guardians.map((one) => ({
    id: one.id, family: one.family.trim(), given: one.given.trim(), patronymic: one.patronymic.trim() || undefined, relation: one.relation || undefined, until: one.until || undefined,
  })),
});
const told = (one: StudentCard): [string, string][] => [
  [t().students.name, fullName(one)], [t().students.birthDate, one.birth_date ? date(one.birth_date) : ''], [t().students.class, one.class],
  [t().student.guardians, (one.guardians ?? []).map(fullName).join('; ')],
];

type GuardianProps = { value: Guardian; n: number; onValue: (part: Partial<Guardian>) => void; onRemove: () => void; form: ReturnType<typeof useForm> };
function GuardianFields({ value, n, onValue, onRemove, form }: GuardianProps) {
  const relations = useCatalogue().data?.lists.relation?.items ?? [];
  const words = st().pupil;
  const at = `guardians.${n}.`;
  return (
    <fieldset class="post">
      <legend>{fill(words.guardian, { n: String(n + 1) })}</legend>
      <NameFields value={value} onValue={onValue} form={form} at={at} />
      <div class="field-row">
        <SelectField label={words.relation} optional value={value.relation} error={form.of(`${at}relation`)} onValue={(relation) => onValue({ relation })}
          options={[{ value: '', text: '—' }, ...relations.map((one) => ({ value: one.code, text: titled(one.title) }))]} />
        <TextField label={words.until} hint={words.untilHint} optional value={value.until} error={form.of(`${at}until`)} onValue={(until) => onValue({ until })} input={{ type: 'date' }} />
      </div>
      <button type="button" class="text-button" onClick={onRemove}>{fill(words.removeGuardian, { n: String(n + 1) })}</button>
    </fieldset>
  );
}

/** Corrects a student's card, their parents with it. */
export function StudentDialog({ student: given, onClose }: { student: StudentCard; onClose: () => void }) {
  // What the form began from; what comes in meanwhile must not pass for seen.
  const student = useRef(given).current;
  const school = useSchool().data;
  const draft = useDraft<Draft>(`draft:student:${student.id}${student.etag}`, draftOf(student));
  const newer = useSignal<StudentCard | null>(null);
  const form = useForm();
  const value = draft.value.value;
  const words = st().pupil;
  const labels: Record<string, string> = { ...nameLabels(), birth_date: t().students.birthDate, class: t().students.class, joined: words.joined, left: words.left };
  value.guardians.forEach((_, n) => Object.assign(labels, nameLabels(`guardians.${n}.`)));
  const guardian = (n: number, part: Partial<Guardian>) => draft.change({ guardians: value.guardians.map((one, i) => (i === n ? { ...one, ...part } : one)) });
  const send = async () => {
    const missing = [...missingNames(value), ...value.guardians.flatMap((one, n) => missingNames(one, `guardians.${n}.`))];
    if (missing.length) return form.missing(missing, labels);
    try {
      await ok(api.PUT('/api/v1/students/{id}', { params: { path: { id: student.id }, header: { ...act(), 'If-Match': (newer.value ?? student).etag } }, body: bodyOf(value) }));
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem?.status !== 412) throw error;
      newer.value = error.problem.current as unknown as StudentCard;
      return;
    }
    await draft.discard();
    toast(words.saved);
    for (const key of ['student', 'school', 'class']) refresh(key);
    onClose();
  };
  const blank: Guardian = { family: value.family, given: '', patronymic: '', relation: '', until: '' };
  return (
    <Dialog title={words.title} onClose={onClose} wide>
      <form noValidate onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <Changed now={newer.value && told(newer.value)} />
        <NameFields value={value} onValue={draft.change} form={form} />
        <div class="field-row">
          <TextField label={labels.birth_date!} optional value={value.birth_date} error={form.of('birth_date')} onValue={(birth_date) => draft.change({ birth_date })} input={{ type: 'date' }} />
          <TextField label={labels.class!} optional value={value.class} error={form.of('class')} onValue={(one) => draft.change({ class: one })} input={{ maxLength: LETTERS.class, list: 'class-names' }} />
          <datalist id="class-names">{school?.classes.map((one) => <option key={one} value={one} />)}</datalist>
        </div>
        <div class="field-row">
          <TextField label={labels.joined!} optional value={value.joined} error={form.of('joined')} onValue={(joined) => draft.change({ joined })} input={{ type: 'date' }} />
          <TextField label={labels.left!} hint={words.leftHint} optional value={value.left} error={form.of('left')} onValue={(left) => draft.change({ left })} input={{ type: 'date' }} />
        </div>
        {value.guardians.map((one, n) => (
          <GuardianFields key={n} value={one} n={n} form={form} onValue={(part) => guardian(n, part)} onRemove={() => draft.change({ guardians: value.guardians.filter((_, i) => i !== n) })} />
        ))}
        {value.guardians.length < MOST_GUARDIANS && (
          <button type="button" class="button small" onClick={() => draft.change({ guardians: [...value.guardians, blank] })}><Icon name="plus" size={16} />{words.addGuardian}</button>
        )}
        <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
        <FormActions busy={form.busy()} submit={newer.value ? st().groups.mine : t().common.save} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
