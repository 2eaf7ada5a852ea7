import { t } from '../i18n';
import { TextField } from './Field';

export type FactorKind = 'totp' | 'recovery';

/** What a request says of the second factor; nothing where it was not asked for. */
export const factorOf = (kind: FactorKind | null, code: string) => (kind ? { [kind]: code.trim() } : {});

type Props = { kind: FactorKind; value: string; error?: string; onValue: (value: string) => void; onKind: (kind: FactorKind) => void };

/** The code of the application, or of the sheet where the telephone is lost. */
export function FactorField({ kind, value, error, onValue, onKind }: Props) {
  const other: FactorKind = kind === 'totp' ? 'recovery' : 'totp';
  return (
    <>
      <TextField key={kind} label={t().login[kind]} hint={kind === 'totp' ? t().login.totpHint : t().login.recoveryHint} error={error} value={value}
        onValue={onValue}
        input={{ class: 'code-input', autocomplete: 'one-time-code', inputMode: kind === 'totp' ? 'numeric' : 'text', maxLength: kind === 'totp' ? 7 : 40, autofocus: true }} />
      <p><button type="button" class="text-button" onClick={() => onKind(other)}>{kind === 'totp' ? t().login.noPhone : t().login.havePhone}</button></p>
    </>
  );
}
