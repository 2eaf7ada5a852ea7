// A form drawn from the catalogue: the kind says which fields there are.
import { t, titled } from '../i18n';
import { act, api, ok, type Catalogue, type Entry, type Kind, type KindField } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { useDraft } from '../lib/drafts';
import { useForm } from '../lib/form';
import { currentPeriod, fill, schoolYear } from '../lib/format';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from './Dialog';
import { DraftNote } from './DraftNote';
import { ErrorSummary } from './ErrorSummary';
import { AreaField, SelectField, TextField } from './Field';
import { Loaded } from './States';

const LONG_TEXT = 300;
const YEARS_BACK = 11;

const SIMPLE = ['text', 'int', 'date', 'list', 'level'];

type Values = Record<string, string>;
type FieldProps = { field: KindField; catalogue: Catalogue; value: string; onValue: (value: string) => void; error?: string };

function CatalogueField({ field, catalogue, value, onValue, error }: FieldProps) {
  const common = { label: titled(field.title), optional: !field.required, value, onValue, error };
  const choose = { value: '', text: t().entryForm.choose };
  switch (field.type) {
    case 'date':
      return <TextField {...common} input={{ type: 'date' }} />;
    case 'int':
      return (
        <TextField {...common} hint={field.max ? fill(t().entryForm.intHint, { max: String(field.max) }) : undefined}
          input={{ inputMode: 'numeric', pattern: '-?[0-9]*' }} />
      );
    case 'list':
      return (
        <SelectField {...common}
          options={[choose, ...(catalogue.lists[field.list ?? '']?.items ?? []).map((one) => ({ value: one.code, text: titled(one.title) }))]} />
      );
    case 'level': {
      const max = field.max ?? 3;
      const levels = Array.from({ length: max + 1 }, (_, i) => ({ value: String(i), text: String(i) }));
      return <SelectField {...common} hint={fill(t().entryForm.levelHint, { max: String(max) })} options={[choose, ...levels]} />;
    }
    case 'text':
      return field.max && field.max > LONG_TEXT
        ? <AreaField {...common} max={field.max} />
        : <TextField {...common} input={{ maxLength: field.max ?? undefined }} />;
    default:
      return null; // of a form that has no input here
  }
}

function typed(kind: Kind, values: Values) {
  const fields: Record<string, string | number> = {};
  for (const field of kind.fields) {
    const text = (values[field.code] ?? '').trim();
    if (text) fields[field.code] = field.type === 'int' || field.type === 'level' ? Number(text) : text;
  }
  return fields;
}

function problems(kind: Kind, values: Values) {
  const found: Values = {};
  for (const field of kind.fields) {
    const text = (values[field.code] ?? '').trim();
    const label = titled(field.title);
    if (field.required && !text) found[`fields.${field.code}`] = fill(t().common.required, { field: label });
    else if (field.type === 'int' && text && (!/^-?\d+$/.test(text) || (field.max !== null && Number(text) > field.max)))
      found[`fields.${field.code}`] = fill(t().common.invalid, { field: label });
  }
  return found;
}

type Props = { student: string; replaces?: Entry; onClose: () => void };
type FormProps = Props & { catalogue: Catalogue };

function Form({ student, replaces, onClose, catalogue }: FormProps) {
  const kinds = catalogue.kinds.filter((one) => one.subject === 'student' && one.fields.every((f) => !f.required || SIMPLE.includes(f.type)));
  const draft = useDraft(`draft:entry:${student}:${replaces?.id ?? ''}`, {
    kind: replaces?.kind ?? '',
    period: String(replaces?.period ?? currentPeriod()),
    fields: Object.fromEntries(Object.entries(replaces?.fields ?? {}).map(([code, value]) => [code, String(value)])) as Values,
  });
  const form = useForm();
  const value = draft.value.value;
  const kind = kinds.find((one) => one.code === value.kind);
  const years = Array.from({ length: YEARS_BACK }, (_, i) => currentPeriod() - i);

  const send = async () => {
    if (!kind) return form.missing(['kind'], { kind: t().entryForm.kind });
    const found = problems(kind, value.fields);
    if (Object.keys(found).length) return form.set(found);
    await ok(api.POST('/api/v1/students/{id}/entries', {
      params: { path: { id: student }, header: act() },
      body: { kind: kind.code, period: Number(value.period), fields: typed(kind, value.fields), replaces: replaces?.id },
    }));
    await draft.discard();
    toast(t().entryForm.added);
    refresh(`student/${student}`);
    refresh('students');
    onClose();
  };
  const labels = Object.fromEntries((kind?.fields ?? []).map((one) => [`fields.${one.code}`, titled(one.title)]));

  return (
    <form noValidate onSubmit={form.submit(send, labels)}>
      <ErrorSummary errors={form.errors()} />
      <div class="field-row wide-first">
        <SelectField label={t().entryForm.kind} value={value.kind} error={form.of('kind')} onValue={(code) => draft.change({ kind: code })}
          options={[{ value: '', text: t().entryForm.chooseKind }, ...kinds.map((one) => ({ value: one.code, text: titled(one.title) }))]} />
        <SelectField label={t().entryForm.period} value={value.period} error={form.of('period')} onValue={(period) => draft.change({ period })}
          options={years.map((one) => ({ value: String(one), text: schoolYear(one) }))} />
      </div>
      {kind?.fields.filter((f) => SIMPLE.includes(f.type)).map((field) => (
        <CatalogueField key={field.code} field={field} catalogue={catalogue} value={value.fields[field.code] ?? ''}
          error={form.of(`fields.${field.code}`)}
          onValue={(text) => draft.change({ fields: { ...draft.value.value.fields, [field.code]: text } })} />
      ))}
      <p class="hint">{t().entryForm.note}</p>
      <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
      <div class="actions">
        <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : t().entryForm.submit}</button>
        <button type="button" class="button" onClick={onClose}>{t().common.cancel}</button>
      </div>
    </form>
  );
}

export function EntryForm(props: Props) {
  const catalogue = useCatalogue();
  return (
    <Dialog title={props.replaces ? t().entryForm.titleFix : t().entryForm.titleNew} onClose={props.onClose} wide>
      <Loaded of={catalogue} retry="catalogue">{(data) => <Form {...props} catalogue={data} />}</Loaded>
    </Dialog>
  );
}
