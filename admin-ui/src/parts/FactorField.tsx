import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import type { ApiError } from '../lib/api';
import { TextField } from './Field';

export type FactorKind = 'totp' | 'recovery';

/** What a request says of the second factor; nothing where it was not asked for. */
export const factorOf = (kind: FactorKind | null, code: string) => (kind ? { [kind]: code.trim() } : {});

/** That it was the second step that did not fit, and what to do then; null where it was something else. */
export function wrongFactor({ problem }: ApiError) {
  const kind = problem?.field;
  if (problem?.code !== 'wrong_login' || (kind !== 'totp' && kind !== 'recovery')) return null;
  return { [kind]: kind === 'totp' ? t().problems.wrong_code : t().login.wrongRecovery };
}

type Props = { kind: FactorKind; value: string; error?: string; onValue: (value: string) => void; onKind: (kind: FactorKind) => void };

/** The code of the application, or of the sheet where the telephone is lost. */
export function FactorField({ kind, value, error, onValue, onKind }: Props) {
  const other: FactorKind = kind === 'totp' ? 'recovery' : 'totp';
  // What is asked for next has the focus.
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => input.current?.focus(), [kind]);
  return (
    <>
      <TextField key={kind} label={t().login[kind]} hint={kind === 'totp' ? t().login.totpHint : t().login.recoveryHint} error={error} value={value}
        onValue={onValue}
        input={{ ref: input, class: 'code-input', autocomplete: 'one-time-code', inputMode: kind === 'totp' ? 'numeric' : 'text', maxLength: kind === 'totp' ? 7 : 40 }} />
      <p><button type="button" class="text-button" onClick={() => onKind(other)}>{kind === 'totp' ? t().login.noPhone : t().login.havePhone}</button></p>
    </>
  );
}
