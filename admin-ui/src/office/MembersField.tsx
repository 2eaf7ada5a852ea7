import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, ok } from '../lib/api';
import { fill, fullName } from '../lib/format';
import { useClasses } from '../lib/people';
import { SelectField } from '../parts/Field';
import { Icon } from '../parts/Icon';
import { StudentPicker } from './StudentPicker';

export type Person = { id: string; family: string; given: string; patronymic: string };

/** Who is in a group: students one by one, or a whole class at once. */
export function MembersField({ value, onValue }: { value: Person[]; onValue: (members: Person[]) => void }) {
  const classes = useClasses('class').data ?? [];
  const words = st().groups;
  const add = (people: Person[]) => onValue([...value, ...people.filter((one) => !value.some((known) => known.id === one.id))]
    .map(({ id, family, given, patronymic }) => ({ id, family, given, patronymic }))
    .sort((a, b) => fullName(a).localeCompare(fullName(b))));
  const whole = async (id: string) => {
    if (id) add((await ok(api.GET('/api/v1/classes/{id}', { params: { path: { id } } }))).members ?? []);
  };
  return (
    <section>
      <h3>{words.members}</h3>
      <p class="hint">{words.membersText}</p>
      <StudentPicker label={words.addMember} without={value.map((one) => one.id)} onPick={(one) => add([one])} />
      <SelectField label={words.wholeClass} value="" onValue={(id) => void whole(id)} options={[{ value: '', text: t().entryForm.choose }, ...classes.map((one) => ({ value: one.id, text: one.name }))]} />
      <ul class="files">
        {value.map((one) => (
          <li key={one.id}>
            <Icon name="person" /><span>{fullName(one)}</span>
            <button type="button" class="icon-button" aria-label={fill(words.removeMember, { name: fullName(one) })} onClick={() => onValue(value.filter((other) => other.id !== one.id))}><Icon name="cross" size={16} /></button>
          </li>
        ))}
      </ul>
    </section>
  );
}
