import { st } from '../i18n/staff';
import type { Power } from '../lib/api';

/** own: the powers that we hold and so may give on. */
export function PowersField({ label, own, value, onValue }: { label: string; own: Power[]; value: Power[]; onValue: (powers: Power[]) => void }) {
  return (
    <fieldset>
      <legend>{label}</legend>
      {own.map((one) => (
        <label key={one} class="check">
          <input type="checkbox" checked={value.includes(one)} onChange={(event) => onValue(event.currentTarget.checked ? [...value, one] : value.filter((other) => other !== one))} />
          {st().powers[one]}
        </label>
      ))}
    </fieldset>
  );
}
