// The cascade from the founder down. Wide screens only: narrow ones, and readers of the page's
// text, have the list below.
import { hierarchy, tree, type HierarchyPointNode } from 'd3-hierarchy';
import { st } from '../i18n/staff';
import type { Member, Network } from '../lib/api';

const ROW = 46;
const COLUMN = 250;
const BOX = { width: 204, height: 34 };
const NAME_MAX = 24;

type Node = { member: Member | null; children: Node[] };

/** Schools whose admitter is not known here hang from an unnamed root. */
export function forest(members: Member[]): Node {
  const nodes = new Map(members.map((one) => [one.id, { member: one, children: [] } as Node]));
  const tops: Node[] = [];
  for (const member of members) {
    const node = nodes.get(member.id)!;
    const parent = member.parent === null ? undefined : nodes.get(member.parent);
    (parent && parent !== node ? parent.children : tops).push(node);
  }
  return tops.length === 1 ? tops[0]! : { member: null, children: tops };
}

const clip = (name: string) => (name.length > NAME_MAX ? `${name.slice(0, NAME_MAX - 1)}…` : name);

function edge(from: HierarchyPointNode<Node>, to: HierarchyPointNode<Node>) {
  const x = from.y + BOX.width;
  const middle = (x + to.y) / 2;
  return `M${x} ${from.x}C${middle} ${from.x} ${middle} ${to.x} ${to.y} ${to.x}`;
}

export function CascadeTree({ network }: { network: Network }) {
  const peers = new Map(network.peers.map((one) => [one.school.id, one]));
  const root = tree<Node>().nodeSize([ROW, COLUMN]).separation(() => 1)(hierarchy(forest(network.schools)));
  const nodes = root.descendants().filter((one) => one.data.member !== null);
  const top = Math.min(...nodes.map((one) => one.x)) - ROW / 2;
  const height = Math.max(...nodes.map((one) => one.x)) + ROW / 2 - top;
  const width = Math.max(...nodes.map((one) => one.y)) + BOX.width + 2;

  const edgeTone = (a: Member, b: Member) => {
    const peer = a.me ? peers.get(b.id) : b.me ? peers.get(a.id) : undefined;
    return peer ? (peer.complete ? 'edge complete' : 'edge behind') : 'edge';
  };

  return (
    <div class="cascade" role="img" aria-label={st().network.tree} tabIndex={0}>
      <svg width={width} height={height} viewBox={`-1 ${top} ${width} ${height}`} aria-hidden="true" focusable="false">
        {root.links().map(({ source, target }) => source.data.member && target.data.member && (
          <path key={target.data.member.id} d={edge(source, target)} class={edgeTone(source.data.member, target.data.member)} />
        ))}
        {nodes.map((one) => {
          const member = one.data.member!;
          return (
            <g key={member.id} class={`school ${member.status}${member.me ? ' me' : ''}`} transform={`translate(${one.y} ${one.x - BOX.height / 2})`}>
              <title>{member.name}</title>
              <rect width={BOX.width} height={BOX.height} rx="6" />
              <text x="12" y="22">{clip(member.name)}</text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
