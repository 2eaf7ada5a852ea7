import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, csrfHeader, ok, type Account, type IssuedCode } from '../lib/api';
import { useSchool } from '../lib/data';
import { useForm } from '../lib/form';
import { plural } from '../lib/format';
import { allStaff, present, useAccounts } from '../lib/people';
import { route, setQuery } from '../lib/router';
import { AccountDialog } from './AccountDialog';
import { AccountRow } from './AccountRow';
import { InviteOutsider } from './InviteOutsider';
import { ErrorSummary } from '../parts/ErrorSummary';
import { CheckField, SelectField } from '../parts/Field';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { SearchField } from '../parts/SearchField';
import { Slips } from './Slips';
import { Empty, Loaded } from '../parts/States';

const PAGE = 50;
const WHO = ['student', 'guardian', 'staff'] as const;
type Who = (typeof WHO)[number];
/** All people of a class, or all staff, each with whom a code is for. */
async function peopleOf(who: Who, className: string) {
  if (who === 'staff') return (await allStaff()).map((one) => ({ person: one.id }));
  const students = (await ok(api.GET('/api/v1/students', { params: { query: { class: className, limit: 200 } } }))).items;
  if (who === 'student') return students.map((one) => ({ person: one.id }));
  const cards = await Promise.all(students.map((one) => ok(api.GET('/api/v1/students/{id}', { params: { path: { id: one.id } } }))));
  return cards.flatMap((card) => ('guardians' in card ? present(card.guardians) : []).map((one) => ({ person: card.id, guardian: one.id })));
}

function Codes() {
  const school = useSchool().data;
  const form = useForm();
  const { query } = route.value;
  const who = useSignal<Who>(WHO.find((one) => one === query.get('codes')) ?? 'student');
  const className = useSignal(query.get('class') ?? '');
  const issued = useSignal<IssuedCode[]>([]);
  const labels = { class: st().accounts.class };
  const send = async () => {
    if (who.value !== 'staff' && !className.value) return form.missing(['class'], labels);
    const people = await peopleOf(who.value, className.value);
    if (!people.length) return form.set({ class: st().accounts.nobody });
    issued.value = (await ok(api.POST('/api/v1/accounts/codes', { params: { header: csrfHeader() }, body: { kind: who.value, people } }))).items;
  };
  return (
    <section>
      <h2>{st().accounts.codes}</h2>
      <p class="no-print">{st().accounts.codesText}</p>
      <form noValidate class="filters no-print" onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <SelectField label={st().accounts.who} value={who.value} onValue={(v) => { who.value = v as Who; issued.value = []; }}
          options={WHO.map((one) => ({ value: one, text: st().accounts.whom[one] }))} />
        {who.value !== 'staff' && (
          <SelectField label={labels.class} value={className.value} error={form.of('class')} onValue={(v) => { className.value = v; issued.value = []; }}
            options={[{ value: '', text: t().entryForm.choose }, ...(school?.classes ?? []).map((one) => ({ value: one, text: one }))]} />
        )}
        <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : st().accounts.make}</button>
      </form>
      {issued.value.length > 0 && (
        <>
          <div class="actions no-print">
            <p>{plural(issued.value.length, st().accounts.made)}</p>
            <button type="button" class="button" onClick={() => print()}><Icon name="print" />{t().common.print}</button>
          </div>
          <Slips issued={issued.value} />
        </>
      )}
    </section>
  );
}

const KINDS = ['student', 'guardian', 'staff', 'none'] as const;
const ROLES = ['student', 'parent', 'teacher', 'administrator', 'observer'] as const;
const read = (name: string) => route.value.query.get(name) || undefined;

function Filters() {
  const words = st().access;
  return (
    <form class="filters" role="search" aria-label={words.filters} onSubmit={(event) => event.preventDefault()}>
      <SearchField label={st().accounts.find} />
      <SelectField label={words.kind} value={read('kind') ?? ''} onValue={(kind) => setQuery({ kind })}
        options={[{ value: '', text: words.anyKind }, ...KINDS.map((one) => ({ value: one, text: words.kinds[one] }))]} />
      <SelectField label={words.role} value={read('role') ?? ''} onValue={(role) => setQuery({ role })}
        options={[{ value: '', text: words.anyRole }, ...ROLES.map((one) => ({ value: one, text: t().roles[one] }))]} />
      <CheckField label={words.onlyDisabled} value={read('disabled') === 'true'} onValue={(on) => setQuery({ disabled: on ? 'true' : '' })} />
    </form>
  );
}

function List() {
  const inviting = useSignal(false);
  const open = useSignal<Account | null>(null);
  const pages = useSignal(1);
  const filter = {
    query: read('query'), kind: KINDS.find((one) => one === read('kind')), role: ROLES.find((one) => one === read('role')),
    disabled: read('disabled') === 'true' || undefined,
  };
  const filtered = Object.values(filter).some((one) => one !== undefined);
  const accounts = useAccounts({ ...filter, limit: PAGE }, pages.value);
  const filterText = JSON.stringify(filter);
  useEffect(() => { pages.value = 1; }, [filterText]);
  return (
    <section class="no-print" aria-labelledby="logins">
      <div class="section-head">
        <h2 id="logins">{st().accounts.list}</h2>
        <button type="button" class="button" onClick={() => { inviting.value = true; }}><Icon name="plus" />{st().access.invite}</button>
      </div>
      <Filters />
      <Loaded of={accounts} retry="accounts">
        {(data) => data.items.length === 0 ? (
          filtered ? <Empty title={st().access.nothingFound}><Link href="/accounts" class="button">{t().students.clear}</Link></Empty>
            : <Empty title={st().accounts.empty} text={st().accounts.emptyText} />
        ) : (
          <>
            <p class="list-count" role="status">{plural(data.total, st().access.count)}</p>
            <ul class="rows">{data.items.map((one) => <AccountRow key={one.id} account={one} onOpen={(account) => { open.value = account; }} />)}</ul>
            {data.next && <button type="button" class="button" onClick={() => { pages.value++; }}>{t().common.more}</button>}
          </>
        )}
      </Loaded>
      {open.value && <AccountDialog account={open.value} onClose={() => { open.value = null; }} />}
      {inviting.value && <InviteOutsider onClose={() => { inviting.value = false; }} />}
    </section>
  );
}

/** Who may log in, and the sheets with codes for a whole class. */
export function Accounts() {
  return <Page title={t().nav.accounts}><Codes /><List /></Page>;
}
