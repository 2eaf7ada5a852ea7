import { useSignal } from '@preact/signals';
import { st } from '../i18n/staff';
import { act, api, ok } from '../lib/api';
import { useForm } from '../lib/form';
import { fill } from '../lib/format';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { AreaField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';

export function JoinDialog({ onClose }: { onClose: () => void }) {
  const form = useForm();
  const token = useSignal('');
  const labels = { token: st().network.joinLabel };
  const send = async () => {
    const text = token.value.replace(/\s+/g, '');
    if (!text) return form.missing(['token'], labels);
    const { school } = await ok(api.POST('/api/v1/network/join', { params: { header: act() }, body: { token: text } }));
    toast(fill(st().network.joined, { school: school.name || school.short }));
    refresh('network');
    refresh('school');
    onClose();
  };
  return (
    <Dialog title={st().network.joinTitle} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <p>{st().network.joinText}</p>
        <AreaField label={labels.token} error={form.of('token')} value={token.value} rows={5} max={2000} onValue={(text) => { token.value = text; }} />
        <FormActions busy={form.busy()} submit={st().network.joinSubmit} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
