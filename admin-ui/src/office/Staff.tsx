import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, ok, type Class, type StaffMember } from '../lib/api';
import { fullName, plural } from '../lib/format';
import { useAccounts, useClasses, useStaff } from '../lib/people';
import { useResource } from '../lib/resource';
import { route } from '../lib/router';
import { Download } from '../parts/Download';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Mark } from '../parts/Mark';
import { Page } from '../parts/Page';
import { SearchField } from '../parts/SearchField';
import { Empty, Loaded } from '../parts/States';
import { StaffDialog } from './StaffDialog';

const LEAST_LETTERS = 2;
const FEW = 3;
const RANK = ['class_teacher', 'tutor', 'teacher'];
const has = (text: string, asked: string) => text.toLocaleLowerCase().includes(asked.toLocaleLowerCase());

/** What somebody does in which class, one's own classes first. */
export const worksOf = (id: string, classes: Class[]) =>
  classes.flatMap((one) => one.staff.filter((a) => a.staff.id === id).map((a) => ({ group: one, assignment: a })))
    .sort((a, b) => RANK.indexOf(a.assignment.relation) - RANK.indexOf(b.assignment.relation));

/** «классный руководитель: 5А; 6А, 6Б и ещё 3» */
function worksText(works: ReturnType<typeof worksOf>) {
  const names = (relations: string[]) => works.filter((one) => relations.includes(one.assignment.relation)).map((one) => one.group.name);
  const short = (all: string[]) => all.slice(0, FEW).join(', ') + (all.length > FEW ? ` ${plural(all.length - FEW, st().staffList.andMore)}` : '');
  const leads = names(['class_teacher']);
  return [leads.length > 0 && `${st().staffList.relation.class_teacher}: ${short(leads)}`, short(names(['tutor', 'teacher']))].filter(Boolean).join('; ');
}

function Row({ member, classes, hasLogin }: { member: StaffMember; classes: Class[]; hasLogin: boolean | null }) {
  const works = worksOf(member.id, classes);
  return (
    <tr>
      <th scope="row"><Link href={`/staff/${member.id}`}>{fullName(member)}</Link></th>
      <td data-label={st().staffList.position}>{member.position || '—'}</td>
      <td data-label={st().staffList.works}>
        {worksText(works) || '—'}
      </td>
      <td data-label={st().staffList.login}>
        {hasLogin !== null && <Mark tone={hasLogin ? 'good' : 'calm'} shape={hasLogin ? 'check' : 'ring'} text={hasLogin ? st().staffList.hasLogin : st().staffList.noLogin} />}
      </td>
    </tr>
  );
}

/** Who left is in no list any more, but is found by name. */
function Former({ asked }: { asked: string }) {
  const found = useResource(`search/${asked}`, () => ok(api.GET('/api/v1/search', { params: { query: { query: asked } } }))).data;
  const former = (found?.people ?? []).filter((one) => one.about === 'teacher' && one.former);
  if (!former.length) return null;
  return (
    <section aria-labelledby="former">
      <h2 id="former">{st().staffList.former}</h2>
      <ul class="rows">
        {former.map((one) => <li key={one.id} class="row"><Link href={`/staff/${one.id}`}>{fullName(one)}</Link><span class="soft">{one.class}</span></li>)}
      </ul>
    </section>
  );
}

export function Staff() {
  const adding = useSignal(false);
  const staff = useStaff();
  const classes = useClasses().data ?? [];
  const accounts = useAccounts({ kind: 'staff', limit: 200 }).data;
  // Of more than one page of logins nothing is said rather than something wrong.
  const known = accounts && !accounts.next ? new Set(accounts.items.map((one) => one.person)) : null;
  const asked = route.value.query.get('query') ?? '';
  const add = () => { adding.value = true; };
  return (
    <Page title={t().nav.staff} aside={<button type="button" class="button primary" onClick={add}><Icon name="plus" />{st().staffList.add}</button>}>
      <form class="filters bar" role="search" onSubmit={(event) => event.preventDefault()}>
        <SearchField label={st().staffList.find} hint={st().staffList.findHint} />
      </form>
      <Loaded of={staff} retry="staff" rows={8}>
        {(data) => {
          const shown = data.filter((one) => !asked || has(fullName(one), asked) || has(one.position, asked));
          if (data.length === 0)
            return (
              <Empty title={st().staffList.empty} text={st().staffList.emptyText}>
                <Link href="/import?kind=staff" class="button primary">{t().students.emptyImport}</Link>
                <button type="button" class="button" onClick={add}>{st().staffList.add}</button>
              </Empty>
            );
          if (shown.length === 0) return <Empty title={st().staffList.nothingFound} text={st().staffList.nothingFoundText} />;
          return (
            <>
              <p class="list-count" role="status">{plural(shown.length, st().staffList.count)}</p>
              <table class="table cards">
                <thead>
                  <tr>
                    <th scope="col">{st().staffList.name}</th><th scope="col">{st().staffList.position}</th>
                    <th scope="col">{st().staffList.works}</th><th scope="col">{st().staffList.login}</th>
                  </tr>
                </thead>
                <tbody>{shown.map((one) => <Row key={one.id} member={one} classes={classes} hasLogin={known && known.has(one.id)} />)}</tbody>
              </table>
            </>
          );
        }}
      </Loaded>
      {asked.length >= LEAST_LETTERS && <Former asked={asked} />}
      <p class="hint"><Download class="text-button" href="/api/v1/staff.csv" text={st().staffList.table} /></p>
      {adding.value && <StaffDialog onClose={() => { adding.value = false; }} />}
    </Page>
  );
}
