import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t, titled } from '../i18n';
import { api, ok, type KindField } from '../lib/api';
import { fill, fullName } from '../lib/format';
import { Field } from './Field';
import { Icon } from './Icon';
import { People } from './Named';

type Found = { id: string; family: string; given: string; patronymic: string };
type Props = { field: KindField; most: number; value: string[]; onValue: (ids: string[]) => void; error?: string };
const LEAST_LETTERS = 2;

/** People of the school, found by name. */
export function PersonsField({ field, most, value, onValue, error }: Props) {
  const query = useSignal('');
  const found = useSignal<Found[]>([]);
  const names = useSignal<Record<string, string>>({});
  useEffect(() => {
    const text = query.value.trim();
    if (text.length < LEAST_LETTERS) {
      found.value = [];
      return;
    }
    const timer = window.setTimeout(() => {
      void ok(api.GET('/api/v1/search', { params: { query: { query: text } } })).then(
        (answer) => { if (query.value.trim() === text) found.value = answer.people.filter((one) => !value.includes(one.id)).slice(0, 8); },
        () => {},
      );
    }, 250);
    return () => clearTimeout(timer);
  }, [query.value]);
  const take = (one: Found) => {
    names.value = { ...names.value, [one.id]: fullName(one) };
    onValue([...value, one.id]);
    query.value = '';
  };
  return (
    <div class="field">
      {value.length < most && (
        <Field label={titled(field.title)} hint={field.help && titled(field.help)} optional={!field.required} error={error}>
          {(control) => <input type="search" autocomplete="off" {...control} value={query.value} onInput={(e) => { query.value = e.currentTarget.value; }} />}
        </Field>
      )}
      {found.value.length > 0 && (
        <ul class="found">
          {found.value.map((one) => <li key={one.id}><button type="button" class="text-button" onClick={() => take(one)}>{fullName(one)}</button></li>)}
        </ul>
      )}
      <ul class="files">
        {value.map((id) => (
          <li key={id}>
            <Icon name="person" /><span>{names.value[id] ?? <People ids={[id]} />}</span>
            <button type="button" class="icon-button" aria-label={fill(t().files.remove, { name: names.value[id] ?? t().entryForm.chosen })} onClick={() => onValue(value.filter((one) => one !== id))}>
              <Icon name="cross" size={16} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
