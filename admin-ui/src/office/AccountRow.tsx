import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import type { Account } from '../lib/api';
import { date, fill } from '../lib/format';
import { Mark } from '../parts/Mark';
import { AccountDialog } from './AccountDialog';

export function AccountRow({ account }: { account: Account }) {
  const open = useSignal(false);
  const name = account.name || account.login;
  return (
    <li class="row">
      <span>
        <strong>{name}</strong> · {account.roles.map((role) => t().roles[role]).join(', ') || t().accounts.noRole}<br />
        <span class="soft">{account.login}{account.last_login ? ` · ${fill(t().accounts.lastLogin, { date: date(account.last_login) })}` : ''}</span>
      </span>
      {account.disabled ? <Mark tone="bad" shape="cross" text={t().accounts.disabled} /> : account.totp && <Mark tone="good" shape="check" text={t().factor.on} />}
      <button type="button" class="button small" aria-label={fill(t().access.manageOf, { name })} onClick={() => { open.value = true; }}>{t().access.manage}</button>
      {open.value && <AccountDialog account={account} onClose={() => { open.value = false; }} />}
    </li>
  );
}
