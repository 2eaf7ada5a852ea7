import { useSignal } from '@preact/signals';
import { st } from '../i18n/staff';
import type { Member, Network as Net, Peer } from '../lib/api';
import { useNetwork } from '../lib/data';
import { plural } from '../lib/format';
import { route, setQuery } from '../lib/router';
import { CascadeTree } from './CascadeTree';
import { InviteDialog } from './InviteDialog';
import { JoinDialog } from './JoinDialog';
import { MemberList } from './MemberList';
import { Page } from '../parts/Page';
import { AddressDialog } from './AddressDialog';
import { PeerRow } from './PeerRow';
import { RevokeDialog } from './RevokeDialog';
import { Empty, Loaded } from '../parts/States';
import { TermsDialog } from './TermsDialog';

type Open = { what: 'address'; peer: Peer } | { what: 'revoke' | 'terms'; member: Member } | null;

function Peers({ network, onAddress }: { network: Net; onAddress: (peer: Peer) => void }) {
  return (
    <section aria-labelledby="peers">
      <h2 id="peers">{st().network.peers}</h2>
      <p class="list-count">{st().network.peersText}</p>
      {network.peers.length === 0 ? <Empty title={st().network.noPeers} text={st().network.noPeersText} /> : (
        <div class="peers">
          {network.peers.map((one) => <PeerRow key={one.school.id} peer={one} onAddress={() => onAddress(one)} />)}
        </div>
      )}
    </section>
  );
}

export function Network() {
  const network = useNetwork();
  const open = useSignal<Open>(null);
  const close = () => { open.value = null; };
  // In the address, since the first steps lead straight to these two.
  const dialog = route.value.query.get('dialog');
  const ask = (name: string) => setQuery({ dialog: name });
  const now = open.value;
  const alone = network.data !== null && network.data.root.id === network.data.me.id && network.data.schools.length <= 1;
  // Only what can succeed is offered: who may not admit, or has joined already, would be refused.
  const mayAdmit = network.data?.schools.some((one) => one.me && one.powers.includes('admit')) ?? false;
  return (
    <Page
      title={st().network.title}
      aside={
        <>
          {mayAdmit && (
            <button type="button" class={alone ? 'button' : 'button primary'} onClick={() => ask('invite')}>{st().network.invite}</button>
          )}
          {alone && <button type="button" class="button primary" onClick={() => ask('join')}>{st().network.join}</button>}
        </>
      }
    >
      <Loaded of={network} retry="network">
        {(data) => (
          <>
            <Peers network={data} onAddress={(peer) => { open.value = { what: 'address', peer }; }} />
            <section aria-labelledby="tree">
              <h2 id="tree">{st().network.tree}</h2>
              <p class="list-count">{plural(data.schools.length, st().network.members)}</p>
              <CascadeTree network={data} />
              <MemberList network={data} onRevoke={(member) => { open.value = { what: 'revoke', member }; }}
                onTerms={(member) => { open.value = { what: 'terms', member }; }} />
            </section>
          </>
        )}
      </Loaded>
      {dialog === 'invite' && <InviteDialog onClose={() => ask('')} />}
      {dialog === 'join' && <JoinDialog onClose={() => ask('')} />}
      {now?.what === 'address' && <AddressDialog peer={now.peer} onClose={close} />}
      {now?.what === 'terms' && <TermsDialog member={now.member} onClose={close} />}
      {now?.what === 'revoke' && <RevokeDialog member={now.member} onClose={close} />}
    </Page>
  );
}
