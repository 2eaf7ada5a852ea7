import { t } from '../i18n';
import type { Member, Network } from '../lib/api';
import { date, fill } from '../lib/format';
import { forest } from './CascadeTree';

type Placed = { member: Member; level: number };
type Node = ReturnType<typeof forest>;

function flatten(node: Node, level: number, out: Placed[]): Placed[] {
  if (node.member) out.push({ member: node.member, level });
  for (const child of node.children) flatten(child, node.member ? level + 1 : level, out);
  return out;
}

function Row({ member, level, onRevoke }: Placed & { onRevoke: (() => void) | null }) {
  const words = t().network;
  return (
    <li class={`member level-${Math.min(level, 5)} ${member.status}`}>
      <div>
        <p class="member-name">
          {member.name}
          {member.me && <span class="tag">{words.us}</span>}
          {member.parent === null && <span class="tag">{words.founder}</span>}
        </p>
        <p class="byline">
          <span class="code-text">{member.short}</span>
          <span>{fill(t().common.region, { code: member.region })}</span>
          {member.powers.length > 0 && <span>{member.powers.map((one) => t().powers[one]).join(', ')}</span>}
          <span>{words.status[member.status]}{member.status === 'member' && ` ${fill(words.validUntil, { date: date(member.valid_until) })}`}</span>
        </p>
      </div>
      {onRevoke && (
        <button type="button" class="button small quiet" aria-label={`${words.revoke}: ${member.name}`} onClick={onRevoke}>{words.revoke}</button>
      )}
    </li>
  );
}

export function MemberList({ network, onRevoke }: { network: Network; onRevoke: (member: Member) => void }) {
  const rows = flatten(forest(network.schools), 0, []);
  const canRevoke = (one: Member) => one.parent === network.me.id && one.status === 'member';
  return (
    <details class="members" open>
      <summary>{t().network.list}</summary>
      <ul>
        {rows.map((one) => <Row key={one.member.id} {...one} onRevoke={canRevoke(one.member) ? () => onRevoke(one.member) : null} />)}
      </ul>
    </details>
  );
}
