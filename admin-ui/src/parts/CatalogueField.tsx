// One field of a form, as the catalogue declares it. Values are JSON, as the API takes them.
import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import type { Catalogue, KindField } from '../lib/api';
import type { Subject } from '../lib/entries';
import { fill } from '../lib/format';
import { itemsOf } from '../lib/words';
import { AreaField, CheckField, Field, SelectField, TextField } from './Field';
import { EntryField } from './EntryField';
import { FilesField, type Chosen as ChosenFile } from './FilesField';
import { PersonsField } from './PersonsField';
import type { Chosen } from './Picker';

const LONG_TEXT = 300;
const MANY = 12;

/** names: of people whom the value names already. */
type Props = { subject: Subject; field: KindField; catalogue: Catalogue; value: unknown; names?: Record<string, string>; onValue: (value: unknown) => void; error?: string; only?: string[] };

/** Many to choose from: a box that narrows them, and what was chosen always in sight. */
type ListsProps = Pick<Props, 'field' | 'catalogue' | 'value' | 'onValue' | 'error'>;
export function ListsField({ field, catalogue, value, onValue, error }: ListsProps) {
  const query = useSignal('');
  const chosen = (value as string[] | undefined) ?? [];
  const all = itemsOf(catalogue, field.list);
  const asked = query.value.trim().toLocaleLowerCase();
  const shown = all.filter((one) => chosen.includes(one.code) || !asked || titled(one.title).toLocaleLowerCase().includes(asked));
  const toggle = (code: string) => onValue(chosen.includes(code) ? chosen.filter((one) => one !== code) : [...chosen, code]);
  return (
    <fieldset class={error ? 'field invalid' : 'field'}>
      <legend>{titled(field.title)}{!field.required && <span class="optional">, {t().common.optional}</span>}</legend>
      {error && <p class="error">{error}</p>}
      {all.length > MANY && (
        <TextField label={t().entryForm.narrow} value={query.value} onValue={(v) => { query.value = v; }} input={{ type: 'search' }} />
      )}
      <div class="choices-list">
        {shown.map((one) => <CheckField key={one.code} label={titled(one.title)} value={chosen.includes(one.code)} onValue={() => toggle(one.code)} />)}
      </div>
    </fieldset>
  );
}

/** A level for each of many: a row each, a number or nothing. */
function MarksField({ field, catalogue, value, onValue, error, only }: Props) {
  const marks = (value as Record<string, number> | undefined) ?? {};
  const max = field.max ?? 3;
  const set = (code: string, level: string) => {
    const { [code]: _, ...rest } = marks;
    onValue(level === '' ? rest : { ...rest, [code]: Number(level) });
  };
  return (
    <fieldset class={error ? 'field invalid' : 'field'}>
      <legend>{titled(field.title)}</legend>
      <p class="hint">{fill(t().entryForm.levelHint, { max: String(max) })}</p>
      {error && <p class="error">{error}</p>}
      <div class="marks-list">
        {itemsOf(catalogue, field.list).filter((one) => !only || only.includes(one.code)).map((one) => (
          <LevelRow key={one.code} label={titled(one.title)} max={max} value={marks[one.code]} onValue={(level) => set(one.code, level)} />
        ))}
      </div>
    </fieldset>
  );
}

type LevelProps = { label: string; max: number; value: number | undefined; onValue: (level: string) => void };
function LevelRow({ label, max, value, onValue }: LevelProps) {
  return (
    <Field label={label}>
      {(control) => (
        <select {...control} value={value === undefined ? '' : String(value)} onChange={(e) => onValue(e.currentTarget.value)}>
          <option value="">—</option>
          {Array.from({ length: max + 1 }, (_, i) => <option key={i} value={String(i)}>{i}</option>)}
        </select>
      )}
    </Field>
  );
}

export function CatalogueField(props: Props) {
  const { subject, field, catalogue, value, names, onValue, error } = props;
  const text = value === undefined || value === null ? '' : String(value);
  const common = { label: titled(field.title), hint: field.help && titled(field.help), optional: !field.required, error };
  const typed = { ...common, value: text, onValue: (v: string) => onValue(v === '' ? undefined : v) };
  const choose = { value: '', text: t().entryForm.choose };
  switch (field.type) {
    case 'date':
      return <TextField {...typed} input={{ type: 'date' }} />;
    case 'int':
      return (
        <TextField {...typed} hint={common.hint ?? fill(t().entryForm.intHint, { min: String(field.min), max: String(field.max) })}
          onValue={(v) => onValue(v === '' ? undefined : /^-?\d+$/.test(v) ? Number(v) : v)} input={{ inputMode: 'numeric' }} />
      );
    case 'flag':
      return <CheckField label={common.label} error={error} value={value === true} onValue={onValue} />;
    case 'list':
      return <SelectField {...typed} options={[choose, ...itemsOf(catalogue, field.list).map((one) => ({ value: one.code, text: titled(one.title) }))]} />;
    case 'level': {
      const max = field.max ?? 3;
      const levels = Array.from({ length: max + 1 }, (_, i) => ({ value: String(i), text: String(i) }));
      return (
        <SelectField {...typed} hint={common.hint ?? fill(t().entryForm.levelHint, { max: String(max) })} options={[choose, ...levels]}
          onValue={(v) => onValue(v === '' ? undefined : Number(v))} />
      );
    }
    case 'text':
      return field.max > LONG_TEXT ? <AreaField {...typed} max={field.max} /> : <TextField {...typed} input={{ maxLength: field.max }} />;
    case 'link':
      return <TextField {...typed} input={{ type: 'url', inputMode: 'url', placeholder: 'https://' }} />;
    case 'lists':
      return <ListsField {...props} />;
    case 'marks':
      return <MarksField {...props} />;
    case 'files':
      return <FilesField subject={subject} field={field} value={(value as ChosenFile[] | undefined) ?? []} onValue={onValue} error={error} />;
    case 'person':
      return <PersonsField field={field} most={1} value={value ? [value as Chosen] : []} names={names} onValue={([one]) => onValue(one)} error={error} />;
    case 'persons':
      return <PersonsField field={field} most={field.max || 40} value={(value as Chosen[] | undefined) ?? []} names={names} onValue={(all) => onValue(all.length ? all : undefined)} error={error} />;
    case 'entry':
      // What belongs to another subject is given by the place that the form was opened from.
      return field.of ? null : <EntryField subject={subject} field={field} value={value as Chosen | undefined} onValue={onValue} error={error} />;
  }
}
