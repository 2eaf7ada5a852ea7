import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { act, api, ok } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { getEntry, type Subject } from '../lib/entries';
import { useForm } from '../lib/form';
import { refresh, useResource } from '../lib/resource';
import { me } from '../lib/session';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Loaded } from '../parts/States';
import { CardSheet } from './CardSheet';

/** What is published stays published, so it is asked first. */
function Publish({ staff, card, onClose }: { staff: string; card: string; onClose: () => void }) {
  const form = useForm();
  const send = form.submit(async () => {
    await ok(api.POST('/api/v1/staff/{id}/entries/{entry}/publication', { params: { path: { id: staff, entry: card }, header: act() } }));
    toast(st().lessons.published);
    refresh('commons');
    onClose();
  });
  return (
    <Dialog title={st().lessons.publish} onClose={onClose}>
      <ErrorSummary errors={form.errors()} />
      <p>{st().lessons.publishText}</p>
      <div class="actions">
        <button type="button" class="button primary" disabled={form.busy()} onClick={() => void send()}>{st().lessons.publishYes}</button>
        <button type="button" class="button" onClick={onClose}>{t().common.cancel}</button>
      </div>
    </Dialog>
  );
}

/** One of one's own cards: to be read, printed, changed, copied and shared. */
export function Card({ id }: { id: string }) {
  const subject: Subject = { about: 'staff', id: me().person! };
  const key = `staff/${subject.id}/card/${id}`;
  const card = useResource(key, () => getEntry(subject, id));
  const catalogue = useCatalogue().data;
  const publishing = useSignal(false);
  const back = <Link href="/cards" class="back"><Icon name="left" size={16} />{t().nav.cards}</Link>;
  return (
    <Page title={card.data?.title ?? t().nav.cards} above={back} lead={card.data && `${card.data.by.name}, ${card.data.by.role}`}
      aside={card.data && (
        <>
          {card.data.may?.includes('correct') && <Link href={`/cards/${id}/edit`} class="button">{t().entry.fix}</Link>}
          <Link href={`/cards/new?from=${id}`} class="button">{st().lessons.copy}</Link>
          <button type="button" class="button" onClick={() => print()}><Icon name="print" />{t().common.print}</button>
          <button type="button" class="button primary" onClick={() => { publishing.value = true; }}>{st().lessons.publish}</button>
        </>
      )}>
      <Loaded of={card} retry={key}>{(data) => catalogue && <CardSheet card={data} catalogue={catalogue} />}</Loaded>
      {publishing.value && <Publish staff={subject.id} card={id} onClose={() => { publishing.value = false; }} />}
    </Page>
  );
}
