import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import type { Student } from '../lib/api';
import { useStudents } from '../lib/data';
import { fullName } from '../lib/format';
import { TextField } from '../parts/Field';

const SHOWN = 8;
const LEAST_LETTERS = 2;

function Found({ query, without, onPick }: { query: string; without: string[]; onPick: (student: Student) => void }) {
  const found = useStudents({ query, limit: SHOWN + without.length });
  const items = (found.data?.items ?? []).filter((one) => !without.includes(one.id)).slice(0, SHOWN);
  return (
    <ul class="picker" aria-busy={found.loading}>
      {items.map((one) => (
        <li key={one.id}><button type="button" onClick={() => onPick(one)}><span>{fullName(one)}</span>{one.class && <span class="hint">{one.class}</span>}</button></li>
      ))}
      {found.data && items.length === 0 && <li class="hint">{t().students.nothingFound}</li>}
    </ul>
  );
}

/** A student of the school, found by name. */
export function StudentPicker({ label, without = [], onPick }: { label: string; without?: string[]; onPick: (student: Student) => void }) {
  const query = useSignal('');
  const asked = query.value.trim();
  const pick = (one: Student) => {
    query.value = '';
    onPick(one);
  };
  return (
    <>
      <TextField label={label} value={query.value} onValue={(text) => { query.value = text; }} input={{ type: 'search', placeholder: t().students.searchHint }} />
      {asked.length >= LEAST_LETTERS && <Found query={asked} without={without} onPick={pick} />}
    </>
  );
}
