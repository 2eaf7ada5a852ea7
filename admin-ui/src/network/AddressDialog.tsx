import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, csrfHeader, ok, type Peer } from '../lib/api';
import { useForm } from '../lib/form';
import { fill } from '../lib/format';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { TextField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';

export function AddressDialog({ peer, onClose }: { peer: Peer; onClose: () => void }) {
  const form = useForm();
  const address = useSignal(peer.address ?? '');
  const labels = { address: st().network.addressLabel };
  const send = async () => {
    if (!address.value.trim()) return form.missing(['address'], labels);
    await ok(api.PUT('/api/v1/network/peers/{id}', {
      params: { path: { id: peer.school.id }, header: csrfHeader() }, body: { address: address.value.trim() },
    }));
    toast(st().network.addressSaved);
    refresh('network');
    onClose();
  };
  return (
    <Dialog title={fill(st().network.addressTitle, { school: peer.school.name })} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <TextField label={labels.address} hint={st().network.addressHint} error={form.of('address')} value={address.value}
          onValue={(text) => { address.value = text; }} input={{ maxLength: 300, spellcheck: false, autocapitalize: 'off', inputMode: 'url' }} />
        <FormActions busy={form.busy()} submit={t().common.save} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
