import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { start } from '../i18n/start';
import type { Transfer } from '../lib/api';
import { date, fill, fullName } from '../lib/format';
import { route } from '../lib/router';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { TransferMark } from './LinkMark';
import { Relay } from './Relay';

export type TransferAct = 'approve' | 'decline' | 'void';
export const isOver = (one: Transfer) => ['accepted', 'declined', 'void', 'expired'].includes(one.state);

function acts(one: Transfer): TransferAct[] {
  if (one.direction === 'out') {
    if (one.state === 'claimed') return ['approve', 'decline'];
    if (one.state === 'code' || one.state === 'frozen') return ['void'];
    return [];
  }
  return one.state === 'released' || one.state === 'in_cascade' || one.state === 'receiving' ? ['decline'] : [];
}

function Where({ transfer }: { transfer: Transfer }) {
  const school = transfer.school?.name ?? st().transfers.unknownSchool;
  const words = st().transfers;
  const text = transfer.direction === 'out' ? (isOver(transfer) ? words.toPast : words.to) : isOver(transfer) ? words.fromPast : words.from;
  return <span>{fill(text, { school })}</span>;
}

function Name({ transfer }: { transfer: Transfer }) {
  const { student } = transfer;
  if (!student) return <>{start().unknownStudent}</>;
  return <Link href={`/students/${student.id}`}>{fullName(student)}</Link>;
}

type Props = { transfer: Transfer; onAct: (act: TransferAct) => void };
export function TransferCard({ transfer, onAct }: Props) {
  const id = useId();
  const ref = useRef<HTMLElement>(null);
  const wanted = route.value.query.get('transfer') === transfer.id;
  useEffect(() => { if (wanted) ref.current?.scrollIntoView({ block: 'center' }); }, [wanted]);
  const over = isOver(transfer);
  const labels: Record<TransferAct, string> = {
    approve: st().transfers.approve, decline: st().transfers.decline, void: st().transfers.void,
  };
  return (
    <article class={wanted ? 'transfer wanted' : 'transfer'} aria-labelledby={id} ref={ref}>
      <div class="transfer-head">
        <div>
          <h3 id={id}><Name transfer={transfer} /></h3>
          <p class="byline">
            {transfer.student?.class && <span>{fill(t().student.class, { name: transfer.student.class })}</span>}
            <Where transfer={transfer} />
            <span>{fill(st().transfers.since, { date: date(transfer.created) })}</span>
            {transfer.state === 'code' && transfer.expires && <span>{fill(st().transfers.until, { date: date(transfer.expires) })}</span>}
          </p>
        </div>
        <TransferMark state={transfer.state} />
      </div>
      {!over && <Relay transfer={transfer} />}
      {transfer.state === 'frozen' && <p class="notice bad">{st().transfers.frozenText}</p>}
      {transfer.reason && <p class="latest-reason">{fill(st().transfers.reason, { text: transfer.reason })}</p>}
      {transfer.safe_to_switch_off && !over && (
        <p class="notice good" role="status"><Icon name="check" /><span><strong>{st().transfers.safe}</strong> {st().transfers.safeText}</span></p>
      )}
      {acts(transfer).length > 0 && (
        <div class="actions">
          {acts(transfer).map((act) => (
            <button key={act} type="button" class={act === 'approve' ? 'button primary' : 'button'} aria-describedby={id} onClick={() => onAct(act)}>
              {labels[act]}
            </button>
          ))}
        </div>
      )}
    </article>
  );
}
