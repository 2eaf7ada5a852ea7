import { t } from '../i18n';
import { api, ok, type KindField } from '../lib/api';
import { fill, fullName } from '../lib/format';
import { People } from './Named';
import { Picker, type Chosen, type Found } from './Picker';

const LEAST_LETTERS = 2;

/** Those that the field allows; where it allows any, whoever is found but guardians. */
async function find(who: KindField['who'], text: string): Promise<Found[]> {
  const { people, guardians } = await ok(api.GET('/api/v1/search', { params: { query: { query: text } } }));
  const named = people.filter((one) => !one.former && (!who || who.includes(one.about))).map((one) => ({ id: one.id, text: fullName(one), note: one.class }));
  const parents = who?.includes('parent') ? guardians.map((one) => ({ id: one.id, text: fullName(one), note: fill(t().search.guardian, { child: fullName(one.child), class: one.child.class }) })) : [];
  return [...named, ...parents];
}

type Props = { field: KindField; most: number; value: Chosen[]; names?: Record<string, string>; onValue: (value: Chosen[]) => void; error?: string };
/** People of the school and guardians, found by name. */
export function PersonsField({ field, names, ...rest }: Props) {
  return <Picker {...rest} field={field} least={LEAST_LETTERS} icon="person" find={(text) => find(field.who, text)} nameOf={(id) => <People ids={[id]} names={names} />} />;
}
