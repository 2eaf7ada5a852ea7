import { t } from '../i18n';
import { st } from '../i18n/staff';
import type { Member, Network } from '../lib/api';
import { ago, date, fill } from '../lib/format';
import { forest } from './CascadeTree';

type Placed = { member: Member; level: number };
type Acts = { onRevoke: (member: Member) => void; onTerms: (member: Member) => void };
type Node = ReturnType<typeof forest>;

function flatten(node: Node, level: number, out: Placed[]): Placed[] {
  if (node.member) out.push({ member: node.member, level });
  for (const child of node.children) flatten(child, node.member ? level + 1 : level, out);
  return out;
}

function Row({ member, level, network, onRevoke, onTerms }: Placed & Acts & { network: Network }) {
  const words = st().network;
  const terms = st().networkTerms;
  const peer = network.peers.find((one) => one.school.id === member.id);
  const admitter = network.schools.find((one) => one.id === member.parent);
  // Only who admitted a school may change or end its membership.
  const ours = member.parent === network.me.id && member.status === 'member';
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
          <span>{member.district}, {fill(t().common.region, { code: member.region })}</span>
          {member.powers.length > 0 && <span>{member.powers.map((one) => st().powers[one]).join(', ')}</span>}
          <span>{words.status[member.status]}{member.status === 'member' && member.parent !== null && ` ${fill(words.validUntil, { date: date(member.valid_until) })}`}</span>
        </p>
        <p class="byline">
          {admitter && <span>{fill(terms.admittedBy, { school: admitter.me ? terms.us : admitter.name })}</span>}
          {peer && <span>{peer.last_success ? fill(terms.lastSeen, { ago: ago(peer.last_success) }) : terms.neverSeen}</span>}
          {peer?.version && <span>{fill(terms.version, { version: peer.version })}</span>}
        </p>
      </div>
      {ours && (
        <div class="actions">
          <button type="button" class="button small quiet" aria-label={`${terms.change}: ${member.name}`} onClick={() => onTerms(member)}>{terms.change}</button>
          <button type="button" class="button small quiet" aria-label={`${words.revoke}: ${member.name}`} onClick={() => onRevoke(member)}>{words.revoke}</button>
        </div>
      )}
    </li>
  );
}

export function MemberList({ network, ...acts }: { network: Network } & Acts) {
  const rows = flatten(forest(network.schools), 0, []);
  return (
    <details class="members" open>
      <summary>{st().network.list}</summary>
      <ul>{rows.map((one) => <Row key={one.member.id} {...one} network={network} {...acts} />)}</ul>
    </details>
  );
}
