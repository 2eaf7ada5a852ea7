import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { api, csrfHeader, ok } from '../lib/api';
import { useForm } from '../lib/form';
import { leave, me, renew } from '../lib/session';
import { ErrorSummary } from '../parts/ErrorSummary';
import { TextField } from '../parts/Field';
import { Page } from '../parts/Page';
import { Qr } from '../parts/Qr';
import { Secret } from '../parts/Secret';
import { Skeleton } from '../parts/States';

type Made = { secret: string; uri: string };

/** Setting up the second factor: the picture for the application, a code back, the sheet for a lost telephone. */
export function FactorSetup({ onDone }: { onDone: () => void }) {
  const form = useForm();
  const made = useSignal<Made | null>(null);
  const code = useSignal('');
  const recovery = useSignal<string[] | null>(null);
  const labels = { code: t().factor.code };
  const header = csrfHeader();

  useEffect(() => {
    void form.submit(async () => { made.value = await ok(api.POST('/api/v1/account/totp', { params: { header } })); })();
  }, []);

  const send = async () => {
    if (!code.value.trim()) return form.missing(['code'], labels);
    recovery.value = (await ok(api.PUT('/api/v1/account/totp', { params: { header }, body: { code: code.value.trim() } }))).recovery;
  };

  if (recovery.value)
    return (
      <section class="sheet-like">
        <h2>{t().factor.recoveryTitle}</h2>
        <p>{t().factor.recoveryText}</p>
        <ol class="recovery-codes">{recovery.value.map((one) => <li key={one}><span class="code-text">{one}</span></li>)}</ol>
        <div class="actions no-print">
          <button type="button" class="button" onClick={() => print()}>{t().common.print}</button>
          <button type="button" class="button primary" onClick={onDone}>{t().factor.done}</button>
        </div>
      </section>
    );
  return (
    <form noValidate class="narrow" onSubmit={form.submit(send, labels)}>
      <ErrorSummary errors={form.errors()} />
      {made.value ? (
        <ol class="steps">
          <li>{t().factor.install}</li>
          <li>
            <p>{t().factor.scan}</p>
            <Qr text={made.value.uri} label={t().factor.qr} />
            <details>
              <summary>{t().factor.byHand}</summary>
              <Secret label={t().factor.secret} text={made.value.secret.replace(/(.{4})(?=.)/g, '$1 ')} codeLike />
            </details>
          </li>
          <li>
            <TextField label={labels.code} error={form.of('code')} value={code.value} onValue={(v) => { code.value = v; }}
              input={{ class: 'code-input', inputMode: 'numeric', autocomplete: 'one-time-code', maxLength: 7 }} />
          </li>
        </ol>
      ) : form.errors().length === 0 && <Skeleton rows={3} />}
      <button type="submit" class="button primary" disabled={form.busy() || !made.value}>{t().factor.submit}</button>
    </form>
  );
}

/** Nothing else is open before it is set up. */
export function Factor() {
  return (
    <Page title={t().factor.title} lead={t().factor.lead}>
      <FactorSetup onDone={() => void renew()} />
      <p class="leave no-print"><button type="button" class="text-button" onClick={() => void leave()}>{t().shell.logout}: {me().name}</button></p>
    </Page>
  );
}
