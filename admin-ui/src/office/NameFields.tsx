import { t } from '../i18n';
import type { useForm } from '../lib/form';
import { LETTERS } from '../lib/letters';
import { TextField } from '../parts/Field';

export type Name = { family: string; given: string; patronymic: string };
type Props = { value: Name; onValue: (part: Partial<Name>) => void; form: ReturnType<typeof useForm>; at?: string };

export const nameLabels = (at = ''): Record<string, string> => ({
  [`${at}family`]: t().students.family, [`${at}given`]: t().students.given, [`${at}patronymic`]: t().students.patronymic,
});
export const missingNames = (value: Name, at = '') => (['family', 'given'] as const).filter((one) => !value[one].trim()).map((one) => at + one);

/** What a person is called; at: where the node says these fields are, as in `guardians.0.`. */
export function NameFields({ value, onValue, form, at = '' }: Props) {
  const labels = nameLabels(at);
  return (
    <>
      <div class="field-row">
        <TextField label={labels[`${at}family`]!} value={value.family} onValue={(family) => onValue({ family })} error={form.of(`${at}family`)} input={{ maxLength: LETTERS.person }} />
        <TextField label={labels[`${at}given`]!} value={value.given} onValue={(given) => onValue({ given })} error={form.of(`${at}given`)} input={{ maxLength: LETTERS.person }} />
      </div>
      <TextField label={labels[`${at}patronymic`]!} optional value={value.patronymic} onValue={(patronymic) => onValue({ patronymic })} error={form.of(`${at}patronymic`)} input={{ maxLength: LETTERS.person }} />
    </>
  );
}
