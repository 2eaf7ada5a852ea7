import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { ApiError } from '../lib/api';
import { bare, grouped, strange, tooShort } from '../lib/code';
import { useForm } from '../lib/form';
import { fill } from '../lib/format';
import { go } from '../lib/router';
import { claimAccount, paperCode } from '../lib/session';
import { ErrorSummary } from '../parts/ErrorSummary';
import { FactorField, factorOf, wrongFactor, type FactorKind } from '../parts/FactorField';
import { CheckField, TextField } from '../parts/Field';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { ScanButton } from '../parts/ScanButton';
import { Outside } from './Login';

/** The first visit: the code on paper, then a login and a password of one's own. */
export function Claim() {
  const form = useForm();
  const code = useSignal(grouped(paperCode));
  const login = useSignal('');
  const password = useSignal('');
  const seen = useSignal(false);
  const shared = useSignal(false);
  const asked = useSignal<FactorKind | null>(null);
  const factor = useSignal('');
  const labels = { code: t().claimAccount.code, login: t().login.login, password: t().login.password, totp: t().login.totp, recovery: t().login.recovery };

  const send = async () => {
    const empty = [!bare(code.value) && 'code', !login.value.trim() && 'login', !password.value && 'password'].filter((one): one is string => !!one);
    if (empty.length) return form.missing(empty, labels);
    const odd = strange(code.value);
    if (odd) return form.set({ code: fill(st().claim.badChar, { char: odd }) });
    if (tooShort(code.value)) return form.set({ code: st().claim.short });
    try {
      await claimAccount({ code: grouped(code.value), login: login.value.trim(), password: password.value, shared: shared.value, ...factorOf(asked.value, factor.value) });
      go('/', 'replace');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const wrong = wrongFactor(error);
      if (wrong) return form.set(wrong);
      if (error.problem?.code !== 'second_factor') throw error;
      asked.value = 'totp';
    }
  };

  return (
    <Outside>
      <Page title={t().claimAccount.title} lead={t().claimAccount.lead}>
        <form noValidate class="narrow" onSubmit={form.submit(send, labels)}>
          <ErrorSummary errors={form.errors()} />
          <TextField label={labels.code} hint={t().claimAccount.codeHint} value={code.value} error={form.of('code')} onValue={(v) => { code.value = v; }}
            input={{ class: 'code-input', autocapitalize: 'characters', spellcheck: false, maxLength: 40, onBlur: () => { code.value = grouped(code.value); } }} />
          <ScanButton onCode={(read) => { code.value = read; }} />
          <TextField label={labels.login} hint={t().claimAccount.loginHint} value={login.value} error={form.of('login')} onValue={(v) => { login.value = v; }}
            input={{ name: 'login', autocomplete: 'username', autocapitalize: 'none', spellcheck: false, maxLength: 64 }} />
          <TextField label={labels.password} hint={t().claimAccount.passwordHint} value={password.value} error={form.of('password')} onValue={(v) => { password.value = v; }}
            input={{ type: seen.value ? 'text' : 'password', name: 'password', autocomplete: 'new-password', spellcheck: false, maxLength: 256 }} />
          <CheckField label={t().claimAccount.show} value={seen.value} onValue={(v) => { seen.value = v; }} />
          {asked.value && (
            <FactorField kind={asked.value} value={factor.value} error={form.of(asked.value)} onValue={(v) => { factor.value = v; }}
              onKind={(kind) => { asked.value = kind; factor.value = ''; }} />
          )}
          <CheckField label={t().login.shared} value={shared.value} onValue={(v) => { shared.value = v; }} />
          <div class="actions">
            <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : t().claimAccount.submit}</button>
            <Link href="/" class="button">{t().claimAccount.back}</Link>
          </div>
        </form>
      </Page>
    </Outside>
  );
}
