import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import type { Custody, Student } from '../lib/api';
import { useSchool, useStudents, type StudentQuery } from '../lib/data';
import { fill, fullName, number, plural } from '../lib/format';
import { route, setQuery } from '../lib/router';
import { is } from '../lib/session';
import { AddStudent } from '../office/AddStudent';
import { Download } from '../parts/Download';
import { SelectField } from '../parts/Field';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { LongRows } from '../parts/LongRows';
import { CustodyMark } from '../parts/Mark';
import { Page } from '../parts/Page';
import { SearchField } from '../parts/SearchField';
import { Empty, Loaded } from '../parts/States';

const read = (name: string) => route.value.query.get(name) ?? '';

function Filters() {
  const school = useSchool();
  const states = Object.entries(t().custody).map(([value, text]) => ({ value, text }));
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <SearchField label={t().students.search} hint={t().students.searchHint} />
      <SelectField label={t().students.class} value={read('class')} onValue={(value) => setQuery({ class: value })}
        options={[{ value: '', text: t().students.allClasses }, ...(school.data?.classes ?? []).map((one) => ({ value: one, text: one }))]} />
      <SelectField label={t().students.state} value={read('state')} onValue={(value) => setQuery({ state: value })}
        options={[{ value: '', text: t().students.allStates }, ...states]} />
      <label class="check">
        <input type="checkbox" checked={read('waiting') === 'true'}
          onChange={(event) => setQuery({ waiting: event.currentTarget.checked ? 'true' : '' })} />
        {t().students.waiting}
      </label>
    </form>
  );
}

function Counts({ student }: { student: Student }) {
  const { total, unconfirmed, returned } = student.entries;
  return (
    <>
      {number(total)}
      {unconfirmed > 0 && <span class="count wait">{fill(t().students.unconfirmed, { n: number(unconfirmed) })}</span>}
      {returned > 0 && <span class="count bad">{fill(t().students.returned, { n: number(returned) })}</span>}
    </>
  );
}

function Row({ student }: { student: Student }) {
  return (
    <tr role="row">
      <th scope="row" role="rowheader"><Link href={`/students/${student.id}`}>{fullName(student) || t().students.arriving}</Link></th>
      <td role="cell" data-label={t().students.class}>{student.class || '—'}</td>
      <td role="cell" data-label={t().students.entries}><Counts student={student} /></td>
      <td role="cell" data-label={t().students.state}><CustodyMark custody={student.custody} /></td>
    </tr>
  );
}

function None({ filtered, onAdd }: { filtered: boolean; onAdd: () => void }) {
  if (filtered)
    return (
      <Empty title={t().students.nothingFound} text={t().students.nothingFoundText}>
        <Link href="/students" class="button">{t().students.clear}</Link>
      </Empty>
    );
  if (!is('administrator')) return <Empty title={t().students.empty} text={st().classroom.noneText} />;
  return (
    <Empty title={t().students.empty} text={t().students.emptyText}>
      <Link href="/import" class="button primary">{t().students.emptyImport}</Link>
      <button type="button" class="button" onClick={onAdd}>{t().students.add}</button>
    </Empty>
  );
}

export function Students() {
  const pages = useSignal(1);
  const adding = useSignal(false);
  const query: StudentQuery = {
    query: read('query') || undefined,
    class: read('class') || undefined,
    state: (read('state') || undefined) as Custody | undefined,
    waiting: read('waiting') === 'true' || undefined,
  };
  const filtered = Object.values(query).some((one) => one !== undefined);
  const students = useStudents(query, pages.value);
  const filterText = JSON.stringify(query);
  useEffect(() => { pages.value = 1; }, [filterText]);
  const add = () => { adding.value = true; };
  return (
    <Page
      title={t().students.title}
      aside={is('administrator') && <button type="button" class="button primary" onClick={add}><Icon name="plus" />{t().students.add}</button>}
    >
      {/* Before the table: a browser that opens a dialog looks through all that stands in front of it. */}
      {adding.value && <AddStudent onClose={() => { adding.value = false; }} />}
      <Filters />
      <Loaded of={students} retry="students" rows={8}>
        {(data) => data.items.length === 0 ? <None filtered={filtered} onAdd={add} /> : (
          <>
            <p class="list-count" role="status">{plural(data.total, t().students.count)}</p>
            <table class="table cards long" role="table">
              <thead role="rowgroup">
                <tr role="row">
                  <th scope="col" role="columnheader">{t().students.name}</th>
                  <th scope="col" role="columnheader">{t().students.class}</th>
                  <th scope="col" role="columnheader">{t().students.entries}</th>
                  <th scope="col" role="columnheader">{t().students.state}</th>
                </tr>
              </thead>
              <LongRows items={data.items} row={(one) => <Row key={one.id} student={one} />} />
            </table>
            {data.next && <button type="button" class="button" onClick={() => { pages.value++; }}>{t().common.more}</button>}
          </>
        )}
      </Loaded>
      {is('administrator') && <p class="hint"><Download class="text-button" href="/api/v1/students.csv" text={t().students.table} /> · <Link href="/duplicates">{st().duplicates.title}</Link> · <Link href="/erasures">{t().erase.title}</Link></p>}
    </Page>
  );
}
