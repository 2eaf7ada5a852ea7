import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { api, csrfHeader, ok } from '../lib/api';
import { useForm } from '../lib/form';
import { fill } from '../lib/format';
import { addSchool, dropSchool, schools } from '../lib/schools';
import { is, me, renew, switchRole } from '../lib/session';
import { toast } from '../lib/toast';
import { ErrorSummary } from '../parts/ErrorSummary';
import { TextField } from '../parts/Field';
import { Device } from '../parts/Device';
import { Page } from '../parts/Page';
import { FactorSetup } from './Factor';

function Roles() {
  const session = me();
  if (session.roles.length < 2) return null;
  return (
    <section>
      <h2>{t().account.role}</h2>
      <p>{t().account.roleText}</p>
      <ul class="rows">
        {session.roles.map((role) => (
          <li key={role} class="row">
            <span>{t().roles[role]}</span>
            {role === session.role ? <span class="hint">{t().account.roleNow}</span>
              : <button type="button" class="button small" aria-label={`${t().account.go}: ${t().roles[role]}`} onClick={() => void switchRole(role)}>{t().account.go}</button>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Password() {
  const form = useForm();
  const old = useSignal('');
  const fresh = useSignal('');
  const labels = { old: t().account.old, new: t().account.new };
  const send = async () => {
    const empty = [!old.value && 'old', !fresh.value && 'new'].filter((one): one is string => !!one);
    if (empty.length) return form.missing(empty, labels);
    await ok(api.PUT('/api/v1/account/password', { params: { header: csrfHeader() }, body: { old: old.value, new: fresh.value } }));
    old.value = fresh.value = '';
    toast(t().account.changed);
  };
  return (
    <section>
      <h2>{t().account.password}</h2>
      <form noValidate class="narrow" onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <TextField label={labels.old} value={old.value} error={form.of('old')} onValue={(v) => { old.value = v; }}
          input={{ type: 'password', autocomplete: 'current-password', maxLength: 256 }} />
        <TextField label={labels.new} hint={t().claimAccount.passwordHint} value={fresh.value} error={form.of('new')} onValue={(v) => { fresh.value = v; }}
          input={{ type: 'password', autocomplete: 'new-password', maxLength: 256 }} />
        <button type="submit" class="button" disabled={form.busy()}>{t().account.change}</button>
      </form>
    </section>
  );
}

function TurnOff({ onDone }: { onDone: () => void }) {
  const form = useForm();
  const password = useSignal('');
  const code = useSignal('');
  const labels = { password: t().login.password, code: t().login.totp };
  const send = async () => {
    await ok(api.DELETE('/api/v1/account/totp', { params: { header: csrfHeader() }, body: { password: password.value, code: code.value.trim() } }));
    toast(t().factor.wasOff);
    onDone();
  };
  return (
    <form noValidate class="narrow" onSubmit={form.submit(send, labels)}>
      <p>{t().factor.turnOffText}</p>
      <ErrorSummary errors={form.errors()} />
      <TextField label={labels.password} value={password.value} error={form.of('password')} onValue={(v) => { password.value = v; }}
        input={{ type: 'password', autocomplete: 'current-password', maxLength: 256 }} />
      <TextField label={labels.code} value={code.value} error={form.of('code')} onValue={(v) => { code.value = v; }} input={{ class: 'code-input', maxLength: 40 }} />
      <button type="submit" class="button" disabled={form.busy()}>{t().factor.turnOff}</button>
    </form>
  );
}

function SecondStep() {
  const open = useSignal(false);
  const { on } = me().totp;
  const done = () => { open.value = false; void renew(); };
  return (
    <section>
      <h2>{t().factor.title}</h2>
      <p>{on ? t().factor.on : t().factor.off}</p>
      {open.value ? (on ? <TurnOff onDone={done} /> : <FactorSetup onDone={done} />)
        : <button type="button" class="button" onClick={() => { open.value = true; }}>{on ? t().factor.turnOff : t().factor.turnOn}</button>}
    </section>
  );
}

/** A family with children at two schools has a log-in at each; the way between them is kept on this device. */
function OtherSchools() {
  const form = useForm();
  const address = useSignal('');
  const name = useSignal('');
  const labels = { address: t().account.schoolAddress };
  const add = async () => {
    if (!addSchool(address.value, name.value)) return form.set({ address: t().account.badAddress });
    address.value = name.value = '';
  };
  return (
    <section>
      <h2>{t().account.schools}</h2>
      <p>{t().account.schoolsText}</p>
      {schools.value.length > 0 && (
        <ul class="rows">
          {schools.value.map((one) => (
            <li key={one.address} class="row">
              <a href={one.address}>{one.name}</a>
              <button type="button" class="button small quiet" aria-label={fill(t().files.remove, { name: one.name })} onClick={() => dropSchool(one.address)}>{t().account.forget}</button>
            </li>
          ))}
        </ul>
      )}
      <form noValidate class="narrow" onSubmit={form.submit(add, labels)}>
        <ErrorSummary errors={form.errors()} />
        <TextField label={labels.address} value={address.value} error={form.of('address')} onValue={(v) => { address.value = v; }} input={{ type: 'url', placeholder: 'https://', maxLength: 200 }} />
        <TextField label={t().account.schoolName} optional value={name.value} onValue={(v) => { name.value = v; }} input={{ maxLength: 60 }} />
        <button type="submit" class="button">{t().common.add}</button>
      </form>
    </section>
  );
}

export function Account() {
  const session = me();
  return (
    <Page title={t().account.title} lead={session.name}>
      <Roles />
      {session.account ? <><Password /><SecondStep /></> : <p>{t().account.byLink}</p>}
      {is('student', 'parent') && <OtherSchools />}
      <Device />
    </Page>
  );
}
