import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { t } from '../i18n';

type Control = { id: string; 'aria-describedby'?: string; 'aria-invalid'?: 'true' };
type Props = {
  label: string;
  hint?: string;
  error?: string;
  optional?: boolean;
  children: (control: Control) => ComponentChildren;
};
/** A label, a hint and an error, tied to whatever control the caller draws. */
export function Field({ label, hint, error, optional, children }: Props) {
  const id = useId();
  const described = [hint && `${id}h`, error && `${id}e`].filter(Boolean).join(' ');
  return (
    <div class={error ? 'field invalid' : 'field'}>
      <label for={id}>
        {label}
        {optional && <span class="optional">, {t().common.optional}</span>}
      </label>
      {hint && <p class="hint" id={`${id}h`}>{hint}</p>}
      {error && <p class="error" id={`${id}e`}>{error}</p>}
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? 'true' : undefined })}
    </div>
  );
}

type TextProps = Omit<Props, 'children'> & {
  value: string;
  onValue: (value: string) => void;
  input?: JSX.InputHTMLAttributes<HTMLInputElement>;
};
export function TextField({ value, onValue, input, ...rest }: TextProps) {
  return (
    <Field {...rest}>
      {(control) => <input type="text" autocomplete="off" {...input} {...control} value={value} onInput={(e) => onValue(e.currentTarget.value)} />}
    </Field>
  );
}

type AreaProps = Omit<Props, 'children'> & { value: string; onValue: (value: string) => void; rows?: number; max?: number };
export function AreaField({ value, onValue, rows = 3, max, ...rest }: AreaProps) {
  return (
    <Field {...rest}>
      {(control) => <textarea {...control} rows={rows} maxLength={max} value={value} onInput={(e) => onValue(e.currentTarget.value)} />}
    </Field>
  );
}

type Option = { value: string; text: string };
type SelectProps = Omit<Props, 'children'> & {
  value: string;
  onValue: (value: string) => void;
  options: Option[];
  groups?: { text: string; options: Option[] }[];
};
const Options = ({ of }: { of: Option[] }) => <>{of.map((one) => <option key={one.value} value={one.value}>{one.text}</option>)}</>;
export function SelectField({ value, onValue, options, groups, ...rest }: SelectProps) {
  return (
    <Field {...rest}>
      {(control) => (
        <select {...control} value={value} onChange={(e) => onValue(e.currentTarget.value)}>
          <Options of={options} />
          {groups?.map((one) => <optgroup key={one.text} label={one.text}><Options of={one.options} /></optgroup>)}
        </select>
      )}
    </Field>
  );
}

type CheckProps = { label: string; error?: string; value: boolean; onValue: (value: boolean) => void };
/** A box to tick, its words behind it. */
export function CheckField({ label, error, value, onValue }: CheckProps) {
  const id = useId();
  return (
    <div class={error ? 'field invalid' : 'field'}>
      {error && <p class="error" id={`${id}e`}>{error}</p>}
      <label class="check" for={id}>
        <input type="checkbox" id={id} checked={value} aria-describedby={error ? `${id}e` : undefined} aria-invalid={error ? 'true' : undefined}
          onChange={(e) => onValue(e.currentTarget.checked)} />
        <span>{label}</span>
      </label>
    </div>
  );
}
