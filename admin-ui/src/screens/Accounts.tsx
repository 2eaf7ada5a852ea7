import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { api, csrfHeader, ok } from '../lib/api';
import { useSchool } from '../lib/data';
import { useForm } from '../lib/form';
import { date, fill, plural } from '../lib/format';
import { useResource } from '../lib/resource';
import { ErrorSummary } from '../parts/ErrorSummary';
import { SelectField, TextField } from '../parts/Field';
import { Icon } from '../parts/Icon';
import { Mark } from '../parts/Mark';
import { Page } from '../parts/Page';
import { Qr } from '../parts/Qr';
import { Empty, Loaded } from '../parts/States';

type Who = 'student' | 'guardian' | 'staff';
type Issued = { name: string; class?: string | null; code: string; expires: string; uri: string };

/** The sheet that is cut along the lines: a code, a picture, three steps. */
function Slips({ issued }: { issued: Issued[] }) {
  return (
    <ul class="slips">
      {issued.map((one) => (
        <li key={one.code}>
          <Qr text={one.uri} label={one.code} />
          <div>
            <p><strong>{one.name}</strong>{one.class && `, ${one.class}`}</p>
            <p class="code-text">{one.code}</p>
            <p class="soft">{fill(t().accounts.how, { address: new URL('/claim', one.uri).href, date: date(one.expires) })}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** All people of a class, or all staff, each with whom a code is for. */
async function peopleOf(who: Who, className: string) {
  if (who === 'staff') return (await ok(api.GET('/api/v1/staff', { params: { query: { limit: 200 } } }))).items.map((one) => ({ person: one.id }));
  const students = (await ok(api.GET('/api/v1/students', { params: { query: { class: className, limit: 200 } } }))).items;
  if (who === 'student') return students.map((one) => ({ person: one.id }));
  const cards = await Promise.all(students.map((one) => ok(api.GET('/api/v1/students/{id}', { params: { path: { id: one.id } } }))));
  return cards.flatMap((card) => ('guardians' in card ? card.guardians ?? [] : []).map((one) => ({ person: card.id, guardian: one.id })));
}

function Codes() {
  const school = useSchool().data;
  const form = useForm();
  const who = useSignal<Who>('student');
  const className = useSignal('');
  const issued = useSignal<Issued[]>([]);
  const labels = { class: t().accounts.class };
  const send = async () => {
    if (who.value !== 'staff' && !className.value) return form.missing(['class'], labels);
    const people = await peopleOf(who.value, className.value);
    if (!people.length) return form.set({ class: t().accounts.nobody });
    issued.value = (await ok(api.POST('/api/v1/accounts/codes', { params: { header: csrfHeader() }, body: { kind: who.value, people } }))).items;
  };
  return (
    <section>
      <h2>{t().accounts.codes}</h2>
      <p class="no-print">{t().accounts.codesText}</p>
      <form noValidate class="filters no-print" onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <SelectField label={t().accounts.who} value={who.value} onValue={(v) => { who.value = v as Who; issued.value = []; }}
          options={(['student', 'guardian', 'staff'] as const).map((one) => ({ value: one, text: t().accounts.whom[one] }))} />
        {who.value !== 'staff' && (
          <SelectField label={labels.class} value={className.value} error={form.of('class')} onValue={(v) => { className.value = v; issued.value = []; }}
            options={[{ value: '', text: t().entryForm.choose }, ...(school?.classes ?? []).map((one) => ({ value: one, text: one }))]} />
        )}
        <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : t().accounts.make}</button>
      </form>
      {issued.value.length > 0 && (
        <>
          <div class="actions no-print">
            <p>{plural(issued.value.length, t().accounts.made)}</p>
            <button type="button" class="button" onClick={() => print()}><Icon name="print" />{t().common.print}</button>
          </div>
          <Slips issued={issued.value} />
        </>
      )}
    </section>
  );
}

function List() {
  const query = useSignal('');
  const accounts = useResource(`accounts/${query.value}`, () => ok(api.GET('/api/v1/accounts', { params: { query: { query: query.value || undefined, limit: 100 } } })));
  return (
    <section class="no-print">
      <h2>{t().accounts.list}</h2>
      <TextField label={t().accounts.find} value={query.value} onValue={(v) => { query.value = v; }} input={{ type: 'search' }} />
      <Loaded of={accounts} retry="accounts">
        {(data) => data.items.length === 0 ? <Empty title={t().accounts.empty} text={t().accounts.emptyText} /> : (
          <ul class="rows">
            {data.items.map((one) => (
              <li key={one.id} class="row">
                <span><strong>{one.name || one.login}</strong> · {one.roles.map((role) => t().roles[role]).join(', ') || t().accounts.noRole}<br />
                  <span class="soft">{one.login}{one.last_login ? ` · ${fill(t().accounts.lastLogin, { date: date(one.last_login) })}` : ''}</span></span>
                {one.disabled ? <Mark tone="bad" shape="cross" text={t().accounts.disabled} /> : one.totp && <Mark tone="good" shape="check" text={t().factor.on} />}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

/** Who may log in, and the sheets with codes for a whole class. */
export function Accounts() {
  return <Page title={t().nav.accounts}><Codes /><List /></Page>;
}
