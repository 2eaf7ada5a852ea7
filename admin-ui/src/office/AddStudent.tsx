import { t } from '../i18n';
import { act, api, ok } from '../lib/api';
import { useSchool } from '../lib/data';
import { useDraft } from '../lib/drafts';
import { fill, fullName } from '../lib/format';
import { useForm } from '../lib/form';
import { LETTERS } from '../lib/letters';
import { refresh } from '../lib/resource';
import { go } from '../lib/router';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { DraftNote } from '../parts/DraftNote';
import { ErrorSummary } from '../parts/ErrorSummary';
import { TextField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';

const BLANK = { family: '', given: '', patronymic: '', birth_date: '', class: '' };

export function AddStudent({ onClose }: { onClose: () => void }) {
  const school = useSchool();
  const draft = useDraft('draft:student', BLANK);
  const form = useForm();
  const value = draft.value.value;
  const labels: Record<string, string> = {
    family: t().students.family, given: t().students.given, patronymic: t().students.patronymic,
    birth_date: t().students.birthDate, class: t().students.class,
  };
  const submit = form.submit(async () => {
    const missing = (['family', 'given'] as const).filter((name) => !value[name].trim());
    if (missing.length) return form.missing(missing, labels);
    const made = await ok(api.POST('/api/v1/students', {
      params: { header: act() },
      body: {
        family: value.family.trim(), given: value.given.trim(), patronymic: value.patronymic.trim() || undefined,
        birth_date: value.birth_date || undefined, class: value.class.trim() || undefined,
      },
    }));
    await draft.discard();
    toast(fill(t().students.added, { name: fullName(made) }));
    refresh('students');
    refresh('school');
    onClose();
    go(`/students/${made.id}`);
  }, labels);
  return (
    <Dialog title={t().students.add} onClose={onClose}>
      <form noValidate onSubmit={submit}>
        <ErrorSummary errors={form.errors()} />
        <TextField label={labels.family!} value={value.family} onValue={(family) => draft.change({ family })}
          error={form.of('family')} input={{ maxLength: LETTERS.person, required: true }} />
        <TextField label={labels.given!} value={value.given} onValue={(given) => draft.change({ given })}
          error={form.of('given')} input={{ maxLength: LETTERS.person, required: true }} />
        <TextField label={labels.patronymic!} optional value={value.patronymic} onValue={(patronymic) => draft.change({ patronymic })}
          error={form.of('patronymic')} input={{ maxLength: LETTERS.person }} />
        <div class="field-row">
          <TextField label={labels.birth_date!} optional value={value.birth_date} onValue={(birth_date) => draft.change({ birth_date })}
            error={form.of('birth_date')} input={{ type: 'date' }} />
          <TextField label={labels.class!} optional value={value.class} onValue={(one) => draft.change({ class: one })}
            error={form.of('class')} input={{ maxLength: LETTERS.class, list: 'class-names' }} />
          <datalist id="class-names">{school.data?.classes.map((one) => <option key={one} value={one} />)}</datalist>
        </div>
        <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
        <FormActions busy={form.busy()} submit={t().common.add} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
