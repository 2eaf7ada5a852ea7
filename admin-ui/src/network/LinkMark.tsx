// How a transfer and a neighbour stand, in the one vocabulary of marks.
import { st } from '../i18n/staff';
import type { Peer, Transfer } from '../lib/api';
import { Mark, type Shape, type Tone } from '../parts/Mark';

const TRANSFER: Record<Transfer['state'], [Tone, Shape]> = {
  code: ['calm', 'ring'],
  claimed: ['wait', 'clock'],
  released: ['move', 'arrow'],
  in_cascade: ['move', 'arrow'],
  receiving: ['move', 'arrow'],
  accepted: ['good', 'check'],
  declined: ['calm', 'cross'],
  void: ['calm', 'cross'],
  frozen: ['bad', 'split'],
  disputed: ['bad', 'split'],
  expired: ['calm', 'cross'],
};
export function TransferMark({ state }: { state: Transfer['state'] }) {
  const [tone, shape] = TRANSFER[state];
  return <Mark tone={tone} shape={shape} text={st().transfers.state[state]} />;
}

/** Green only when both sides' roots agree. */
export function PeerMark({ peer }: { peer: Peer }) {
  if (peer.complete) return <Mark tone="good" shape="check" text={st().network.complete} />;
  const text = st().network.state[peer.state];
  if (peer.state === 'connected') return <Mark tone="wait" shape="clock" text={st().network.incomplete} />;
  if (peer.state === 'connecting') return <Mark tone="move" shape="ring" text={text} />;
  return <Mark tone={peer.state === 'refused' ? 'bad' : 'wait'} shape={peer.state === 'refused' ? 'cross' : 'clock'} text={text} />;
}
