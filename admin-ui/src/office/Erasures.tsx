import { t } from '../i18n';
import type { Erasure } from '../lib/api';
import { useErasures } from '../lib/data';
import { date, fill } from '../lib/format';
import { Link } from '../parts/Link';
import { Mark } from '../parts/Mark';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';
import { Icon } from '../parts/Icon';

/** What was erased has no name any more: the number of the record is all there is to show. */
function One({ erasure }: { erasure: Erasure }) {
  const missing = erasure.holders.filter((one) => !one.receipt);
  return (
    <article class="transfer erasure" aria-label={erasure.id}>
      <p class="erasure-id">{erasure.id.replace(/(.{4})(?=.)/g, '$1 ')}</p>
      {erasure.erased === null ? (
        <p>{fill(t().erase.dueAt, { date: date(erasure.due) })} <Link href={`/students/${erasure.id}`}>{t().erase.toStudent}</Link></p>
      ) : (
        <>
          <p>{fill(t().erase.erasedAt, { date: date(erasure.erased) })}</p>
          <ul class="receipts">
            {erasure.holders.map(({ school, receipt }) => (
              <li key={school.id}>
                <span>{school.name}</span>
                <Mark tone={receipt ? 'good' : 'wait'} shape={receipt ? 'check' : 'clock'}
                  text={receipt ? fill(t().erase.receipt, { date: date(receipt) }) : t().erase.noReceipt} />
              </li>
            ))}
          </ul>
          {missing.length > 0 && <p class="hint">{t().erase.waiting}</p>}
        </>
      )}
    </article>
  );
}

export function Erasures() {
  const erasures = useErasures();
  return (
    <Page title={t().erase.title} lead={<p>{t().erase.lead}</p>}
      above={<Link href="/students" class="back"><Icon name="left" size={16} />{t().student.back}</Link>}
      aside={<button type="button" class="button" onClick={() => print()}><Icon name="print" />{t().common.print}</button>}>
      <Loaded of={erasures} retry="erasures">
        {(data) => data.items.length === 0 ? <Empty title={t().erase.none} /> : (
          <>
            {data.compaction_due && <p class="notice wait">{t().erase.compaction}</p>}
            {data.items.map((one) => <One key={one.id} erasure={one} />)}
          </>
        )}
      </Loaded>
    </Page>
  );
}
