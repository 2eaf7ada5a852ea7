// What is on its way between us and our neighbours, while it is: from the first replication of a new school on.
import { st } from '../i18n/staff';
import type { Peer } from '../lib/api';
import { useNetwork } from '../lib/data';
import { codeText } from '../lib/errors';
import { fill, number, plural } from '../lib/format';
import { Progress } from '../parts/Progress';
import { PeerMark } from './LinkMark';

const moves = (peer: Peer) => peer.state === 'connected' && peer.in.pending + peer.out.pending > 0;
const isFirst = (peer: Peer) => peer.last_success === null;

/** Of what comes we know how much is still missing; of what goes only how much was sent: the other side asks for it bit by bit. */
function Course({ peer }: { peer: Peer }) {
  const words = st().network;
  const { in: coming, out: going } = peer;
  return (
    <div class="course">
      {coming.pending > 0 && (
        <>
          <progress value={coming.received} max={coming.received + coming.pending} aria-label={plural(coming.pending, words.pendingIn)} />
          <p>{plural(coming.pending, words.pendingIn)} <span class="soft">{fill(st().replication.came, { n: number(coming.received) })}</span></p>
        </>
      )}
      {going.pending > 0 && <Progress text={`${plural(going.pending, words.pendingOut)}, ${fill(st().replication.went, { n: number(going.sent) })}`} />}
    </div>
  );
}

/** What it waits for, where it does not run. */
function Waits({ peer }: { peer: Peer }) {
  const why = peer.reason ? codeText(peer.reason.code, peer.reason.text) : st().replication.away;
  return <p class="hint">{fill(st().replication.waits, { why })}</p>;
}

export function Replication() {
  const peers = (useNetwork().data?.peers ?? []).filter((one) => !one.complete && (moves(one) || isFirst(one)));
  if (!peers.length) return null;
  return (
    <section aria-labelledby="replication">
      <h2 id="replication">{st().replication.title}</h2>
      <ul class="rows">
        {peers.map((peer) => (
          <li key={peer.school.id} class="row replication">
            <strong>{peer.school.name}</strong><PeerMark peer={peer} />
            {moves(peer) ? <Course peer={peer} /> : <Waits peer={peer} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
