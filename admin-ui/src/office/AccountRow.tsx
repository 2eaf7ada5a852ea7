import { t } from '../i18n';
import { st } from '../i18n/staff';
import type { Account } from '../lib/api';
import { date, fill } from '../lib/format';
import { Mark } from '../parts/Mark';

/** Its dialog stands with the list: an account that leaves a filtered list takes nothing with it. */
export function AccountRow({ account, onOpen }: { account: Account; onOpen: (account: Account) => void }) {
  const name = account.name || account.login;
  return (
    <li class="row">
      <span>
        <strong>{name}</strong> · {account.roles.map((role) => t().roles[role]).join(', ') || st().accounts.noRole}<br />
        <span class="soft">{account.login}{account.last_login ? ` · ${fill(st().accounts.lastLogin, { date: date(account.last_login) })}` : ''}</span>
      </span>
      {account.disabled ? <Mark tone="bad" shape="cross" text={st().accounts.disabled} /> : account.totp && <Mark tone="good" shape="check" text={t().factor.on} />}
      <button type="button" class="button small" aria-label={fill(st().access.manageOf, { name })} onClick={() => onOpen(account)}>{st().access.manage}</button>
    </li>
  );
}
