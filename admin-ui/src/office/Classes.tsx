import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import type { Class, GroupType } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { fullName, number, plural } from '../lib/format';
import { leaderOf, useClasses } from '../lib/people';
import { route, setQuery } from '../lib/router';
import { ClassDialog } from './ClassDialog';
import { Download } from '../parts/Download';
import { CheckField, SelectField } from '../parts/Field';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';

const TYPES: GroupType[] = ['class', 'subject', 'extracurricular'];
const read = (name: string) => route.value.query.get(name) ?? '';

function Filters() {
  const words = st().groups;
  return (
    <form class="filters bar" role="search" aria-label={words.filters} onSubmit={(event) => event.preventDefault()}>
      <SelectField label={words.type} value={read('type')} onValue={(type) => setQuery({ type })}
        options={[{ value: '', text: words.allTypes }, ...TYPES.map((one) => ({ value: one, text: words.types[one] }))]} />
      <CheckField label={words.withClosed} value={read('closed') === 'true'} onValue={(on) => setQuery({ closed: on ? 'true' : '' })} />
    </form>
  );
}

function Row({ group }: { group: Class }) {
  const subjects = useCatalogue().data?.lists.school_subject?.items ?? [];
  const words = st().groups;
  const leader = leaderOf(group);
  const subject = subjects.find((one) => one.code === group.subject);
  return (
    <tr>
      <th scope="row"><Link href={`/classes/${group.id}`}>{group.name}</Link></th>
      <td data-label={words.type}>
        {[words.types[group.type], subject && titled(subject.title).toLocaleLowerCase()].filter(Boolean).join(', ')}
        {group.pilot && <span class="tag">{words.pilotTag}</span>}{group.closed && <span class="tag">{words.closed}</span>}
      </td>
      <td data-label={words.leader}>{leader ? fullName(leader) : group.type === 'class' ? <span class="wait-text">{words.noLeader}</span> : '—'}</td>
      <td data-label={words.students} class="num">{number(group.students)}</td>
    </tr>
  );
}

/** All classes and groups of the school, for the administrator. */
export function Classes() {
  const adding = useSignal(route.value.query.get('dialog') === 'new');
  const words = st().groups;
  const type = TYPES.find((one) => one === read('type'));
  const closed = read('closed') === 'true';
  const classes = useClasses(type, closed || undefined);
  const add = () => { adding.value = true; };
  return (
    <Page title={t().nav.classes}
      aside={<>
        <button type="button" class="button primary" onClick={add}><Icon name="plus" />{words.add}</button>
        <Link href="/promotion" class="button">{words.promote}</Link>
      </>}>
      <Filters />
      <Loaded of={classes} retry="classes" rows={8}>
        {(data) => data.length === 0 ? (
          type || closed ? <Empty title={words.nothingFound}><Link href="/classes" class="button">{t().students.clear}</Link></Empty> : (
            <Empty title={words.empty} text={words.emptyText}>
              <button type="button" class="button primary" onClick={add}>{words.add}</button>
              <Link href="/import?kind=classes" class="button">{t().students.emptyImport}</Link>
            </Empty>
          )
        ) : (
          <>
            <p class="list-count" role="status">{plural(data.length, words.count)}</p>
            <table class="table cards">
              <thead><tr><th scope="col">{words.name}</th><th scope="col">{words.type}</th><th scope="col">{words.leader}</th><th scope="col" class="num">{words.students}</th></tr></thead>
              <tbody>{data.map((one) => <Row key={one.id} group={one} />)}</tbody>
            </table>
          </>
        )}
      </Loaded>
      <p class="hint"><Download class="text-button" href="/api/v1/classes.csv" text={words.table} /></p>
      {adding.value && <ClassDialog onClose={() => { adding.value = false; setQuery({ dialog: '' }); }} />}
    </Page>
  );
}
