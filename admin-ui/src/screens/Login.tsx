import type { ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { ApiError } from '../lib/api';
import { useForm } from '../lib/form';
import { begin, signIn } from '../lib/session';
import { ErrorSummary } from '../parts/ErrorSummary';
import { Command } from '../parts/Command';
import { CheckField, TextField } from '../parts/Field';
import { Tools, Wordmark } from '../parts/Layout';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { FactorField, factorOf, wrongFactor, type FactorKind } from '../parts/FactorField';

export function Outside({ children }: { children: ComponentChildren }) {
  return (
    <div class="outside">
      <header class="outside-head">
        <Wordmark />
        <div class="outside-tools"><Tools /></div>
      </header>
      <main id="main" tabIndex={-1}>{children}</main>
    </div>
  );
}

/** Nothing of it is kept on the device: a password is no draft. */
function SignInForm() {
  const form = useForm();
  const login = useSignal('');
  const password = useSignal('');
  const shared = useSignal(false);
  const asked = useSignal<FactorKind | null>(null);
  const code = useSignal('');
  const labels = { login: t().login.login, password: t().login.password, totp: t().login.totp, recovery: t().login.recovery };

  const send = async () => {
    const empty = [!login.value.trim() && 'login', !password.value && 'password', asked.value && !code.value.trim() && asked.value]
      .filter((one): one is string => !!one);
    if (empty.length) return form.missing(empty, labels);
    try {
      await signIn({ login: login.value.trim(), password: password.value, shared: shared.value, ...factorOf(asked.value, code.value) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const wrong = wrongFactor(error);
      if (wrong) return form.set(wrong);
      if (error.problem?.code !== 'second_factor') throw error;
      asked.value = 'totp';
    }
  };

  return (
    <form noValidate class="narrow" onSubmit={form.submit(send, labels)}>
      <ErrorSummary errors={form.errors()} />
      <TextField label={labels.login} value={login.value} error={form.of('login')} onValue={(v) => { login.value = v; }}
        input={{ name: 'login', autocomplete: 'username', autocapitalize: 'none', spellcheck: false, maxLength: 64 }} />
      <TextField label={labels.password} value={password.value} error={form.of('password')} onValue={(v) => { password.value = v; }}
        input={{ type: 'password', name: 'password', autocomplete: 'current-password', maxLength: 256 }} />
      {asked.value && (
        <FactorField kind={asked.value} value={code.value} error={form.of(asked.value)} onValue={(v) => { code.value = v; }}
          onKind={(kind) => { asked.value = kind; code.value = ''; }} />
      )}
      <CheckField label={t().login.shared} value={shared.value} onValue={(v) => { shared.value = v; }} />
      <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : t().login.submit}</button>
    </form>
  );
}

export function Login() {
  return (
    <Outside>
      <Page title={t().login.title}>
        <SignInForm />
        <section class="aside-help">
          <h2>{t().login.first}</h2>
          <p>{t().login.firstText}</p>
          <Link href="/claim" class="button">{t().login.haveCode}</Link>
          <details>
            <summary>{t().login.administrator}</summary>
            <p>{t().login.text}</p>
            <Command text="estafeta admin-link" />
            <p>{t().login.then}</p>
          </details>
        </section>
      </Page>
    </Outside>
  );
}

export function Unreachable() {
  return (
    <Outside>
      <Page title={t().login.unreachable} lead={t().login.unreachableText}>
        <button type="button" class="button primary" onClick={() => void begin()}>{t().common.retry}</button>
      </Page>
    </Outside>
  );
}
