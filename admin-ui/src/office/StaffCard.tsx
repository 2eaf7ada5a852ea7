import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import type { Account, StaffMember } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { date, fill, fullName } from '../lib/format';
import { useAccounts, useClasses, useStaffMember } from '../lib/people';
import { route } from '../lib/router';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { PersonCode } from './PersonCode';
import { Loaded } from '../parts/States';
import { Tabs } from '../parts/Tabs';
import { Timeline } from '../parts/Timeline';
import { Growth } from '../parts/Growth';
import { AccountDialog } from './AccountDialog';
import { AccountRow } from './AccountRow';
import { worksOf } from './Staff';
import { StaffDialog } from './StaffDialog';

function Works({ id }: { id: string }) {
  const classes = useClasses();
  const subjects = useCatalogue().data?.lists.school_subject?.items ?? [];
  const words = st().staffList;
  return (
    <section aria-labelledby="works">
      <h2 id="works">{words.works}</h2>
      <Loaded of={classes} retry="classes" rows={2}>
        {(data) => {
          const works = worksOf(id, data);
          if (!works.length) return <p class="soft">{words.noWorks}</p>;
          const roles = new Map<string, typeof works>();
          for (const one of works) {
            const subject = subjects.find((item) => item.code === one.assignment.subject);
            const role = [words.relation[one.assignment.relation], subject && titled(subject.title).toLocaleLowerCase()].filter(Boolean).join(', ');
            roles.set(role, [...roles.get(role) ?? [], one]);
          }
          return (
            <dl class="facts works">
              {[...roles].map(([role, of]) => (
                <div key={role}>
                  <dt>{role}</dt>
                  <dd>{of.map(({ group, assignment }) => (
                    <span key={group.id}><Link href={`/classes/${group.id}`}>{group.name}</Link>{assignment.until && ` ${fill(words.until, { date: date(assignment.until) })}`}</span>
                  ))}</dd>
                </div>
              ))}
            </dl>
          );
        }}
      </Loaded>
    </section>
  );
}

/** The list knows no person's id to ask by; their name narrows it. */
function Login({ member }: { member: StaffMember }) {
  const accounts = useAccounts({ kind: 'staff', query: member.family, limit: 200 });
  const open = useSignal<Account | null>(null);
  return (
    <section aria-labelledby="login">
      <h2 id="login">{st().staffList.login}</h2>
      <Loaded of={accounts} retry="accounts" rows={1}>
        {(data) => {
          const mine = data.items.find((one) => one.person === member.id);
          return mine ? <ul class="rows"><AccountRow account={mine} onOpen={(one) => { open.value = one; }} /></ul> : <p class="soft">{st().staffList.noAccount}</p>;
        }}
      </Loaded>
      {open.value && <AccountDialog account={open.value} onClose={() => { open.value = null; }} />}
    </section>
  );
}

/** One member of staff, as the administrator sees them. */
export function StaffCard({ id }: { id: string }) {
  const member = useStaffMember(id);
  const editing = useSignal(false);
  const words = st().staffList;
  const back = <Link href="/staff" class="back"><Icon name="left" size={16} />{words.back}</Link>;
  if (!member.data) return <Page title={t().nav.staff} above={back}><Loaded of={member} retry={`staff/${id}`}>{() => null}</Loaded></Page>;
  const data = member.data;
  const section = route.value.query.get('section') === 'growth' ? 'growth' : 'portfolio';
  return (
    <Page title={fullName(data)} above={back}
      lead={<p class="student-facts">
        {data.position && <span>{data.position}</span>}
        {data.joined && <span>{words.joined.toLocaleLowerCase()} {date(data.joined)}</span>}
      </p>}
      aside={<>
        <button type="button" class="button" onClick={() => { editing.value = true; }}>{words.edit}</button>
        {!data.left && <PersonCode people={[{ kind: 'staff', person: id, text: fullName(data) }]} />}
      </>}>
      {data.left && <p class="notice locked"><Icon name="lock" /><span>{fill(words.gone, { date: date(data.left) })}</span></p>}
      <Works id={id} />
      <Login member={data} />
      <section aria-label={words.portfolio}>
        <Tabs label={words.sections} tabs={(['portfolio', 'growth'] as const).map((one) => ({ href: `/staff/${id}${one === 'growth' ? '?section=growth' : ''}`, text: words[one], count: 0, current: one === section }))} />
        {section === 'growth' ? <Growth id={id} emptyText={words.empty2Text} /> : <Timeline subject={{ about: 'staff', id }} title={t().child.entries} empty={words.empty2} emptyText={words.empty2Text} />}
      </section>
      {editing.value && <StaffDialog member={data} onClose={() => { editing.value = false; }} />}
    </Page>
  );
}
