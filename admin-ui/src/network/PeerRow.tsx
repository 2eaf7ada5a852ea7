// One link, told in full: both directions, what is missing, when it last agreed and why not now.
import { useId } from 'preact/hooks';
import { st } from '../i18n/staff';
import type { Peer } from '../lib/api';
import { codeText } from '../lib/errors';
import { ago, fill, plural } from '../lib/format';
import { Icon } from '../parts/Icon';
import { PeerMark } from './LinkMark';
import { Ago } from '../parts/Time';

function Directions({ peer }: { peer: Peer }) {
  const words = st().network;
  return (
    <dl class="directions">
      <div>
        <dt><Icon name="up" size={16} />{words.out}</dt>
        <dd>
          {peer.out.pending > 0 ? <strong>{plural(peer.out.pending, words.pendingOut)}</strong> : words.sent}
          {peer.out.acked_time && <span class="hint">{fill(words.acked, { ago: ago(peer.out.acked_time) })}</span>}
        </dd>
      </div>
      <div>
        <dt><Icon name="down" size={16} />{words.in}</dt>
        <dd>
          {peer.in.pending > 0 ? <strong>{plural(peer.in.pending, words.pendingIn)}</strong> : words.received}
          {peer.in.time && <span class="hint">{fill(words.got, { ago: ago(peer.in.time) })}</span>}
        </dd>
      </div>
    </dl>
  );
}

export function PeerRow({ peer, onAddress }: { peer: Peer; onAddress: () => void }) {
  const id = useId();
  const words = st().network;
  return (
    <article class={peer.complete ? 'peer complete' : 'peer'} aria-labelledby={id}>
      <div class="peer-head">
        <div>
          <p class="entry-kind">{words.relation[peer.relation]}</p>
          <h3 id={id}>{peer.school.name}</h3>
        </div>
        <PeerMark peer={peer} />
      </div>
      <Directions peer={peer} />
      {peer.missing > 0 && <p class="missing">{plural(peer.missing, words.missing)}</p>}
      <dl class="peer-facts">
        {!peer.complete && peer.reason && <div><dt>{words.why}</dt><dd>{codeText(peer.reason.code, peer.reason.text)}</dd></div>}
        {peer.next_attempt && <div><dt>{words.nextAttempt}</dt><dd><Ago iso={peer.next_attempt} /></dd></div>}
        <div><dt>{words.lastSuccess}</dt><dd>{peer.last_success ? <Ago iso={peer.last_success} /> : words.neverVerified}</dd></div>
        {peer.version && <div><dt>{st().networkTerms.program}</dt><dd>{peer.version}</dd></div>}
        <div>
          <dt>{words.address}</dt>
          <dd>
            <span class="address">{peer.address ?? words.noAddress}</span>
            <button type="button" class="text-button" aria-label={`${words.setAddress}: ${peer.school.name}`} onClick={onAddress}>{words.setAddress}</button>
          </dd>
        </div>
      </dl>
    </article>
  );
}
