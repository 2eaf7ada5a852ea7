import { useSignal } from '@preact/signals';
import { st } from '../i18n/staff';
import type { Transfer } from '../lib/api';
import { useTransfers } from '../lib/data';
import { route } from '../lib/router';
import { ClaimDialog } from './ClaimDialog';
import { CodeDialog } from './CodeDialog';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';
import { Tabs } from '../parts/Tabs';
import { isOver, TransferCard, type TransferAct } from './TransferCard';
import { ApproveDialog, EndDialog } from './TransferDialogs';

type Open = { what: 'code' } | { what: 'claim' } | { what: TransferAct; transfer: Transfer } | null;

function List({ all, onAct }: { all: Transfer[]; onAct: (act: TransferAct, transfer: Transfer) => void }) {
  const active = all.filter((one) => !isOver(one));
  const finished = all.filter(isOver);
  const draw = (one: Transfer) => <TransferCard key={one.id} transfer={one} onAct={(act) => onAct(act, one)} />;
  return (
    <>
      {active.length > 0 && <section class="transfers"><h2>{st().transfers.active}</h2>{active.map(draw)}</section>}
      {finished.length > 0 && <section class="transfers over"><h2>{st().transfers.finished}</h2>{finished.map(draw)}</section>}
    </>
  );
}

export function Transfers() {
  const transfers = useTransfers();
  const open = useSignal<Open>(null);
  const close = () => { open.value = null; };
  const tab = route.value.query.get('tab') === 'in' ? 'in' : 'out';
  const waiting = (all?: Transfer[]) => (all ?? []).filter((one) => !isOver(one)).length;
  const code = () => { open.value = { what: 'code' }; };
  const claim = () => { open.value = { what: 'claim' }; };
  const now = open.value;
  return (
    <Page
      title={st().transfers.title}
      aside={
        <>
          <button type="button" class={tab === 'out' ? 'button primary' : 'button'} onClick={code}>{st().transfers.makeCode}</button>
          <button type="button" class={tab === 'in' ? 'button primary' : 'button'} onClick={claim}>{st().transfers.enterCode}</button>
        </>
      }
    >
      <Tabs label={st().transfers.title} tabs={[
        { href: '/transfers?tab=out', text: st().transfers.tabs.out, count: waiting(transfers.data?.outgoing), current: tab === 'out' },
        { href: '/transfers?tab=in', text: st().transfers.tabs.in, count: waiting(transfers.data?.incoming), current: tab === 'in' },
      ]} />
      <Loaded of={transfers} retry="transfers">
        {(data) => {
          const all = tab === 'out' ? data.outgoing : data.incoming;
          if (all.length) return <List all={all} onAct={(what, transfer) => { open.value = { what, transfer }; }} />;
          return tab === 'out' ? (
            <Empty title={st().transfers.emptyOut} text={st().transfers.emptyOutText}>
              <button type="button" class="button" onClick={code}>{st().transfers.makeCode}</button>
            </Empty>
          ) : (
            <Empty title={st().transfers.emptyIn} text={st().transfers.emptyInText}>
              <button type="button" class="button" onClick={claim}>{st().transfers.enterCode}</button>
            </Empty>
          );
        }}
      </Loaded>
      {now?.what === 'code' && <CodeDialog onClose={close} />}
      {now?.what === 'claim' && <ClaimDialog onClose={close} />}
      {now?.what === 'approve' && <ApproveDialog transfer={now.transfer} onClose={close} />}
      {(now?.what === 'decline' || now?.what === 'void') && <EndDialog transfer={now.transfer} how={now.what} onClose={close} />}
    </Page>
  );
}
