import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { act, api, ok, type Member } from '../lib/api';
import { useForm } from '../lib/form';
import { fill } from '../lib/format';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { AreaField } from '../parts/Field';

export function RevokeDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const form = useForm();
  const reason = useSignal('');
  const send = async () => {
    await ok(api.POST('/api/v1/network/schools/{id}/revoke', {
      params: { path: { id: member.id }, header: act() }, body: { reason: reason.value.trim() || undefined },
    }));
    toast(st().network.revoked);
    refresh('network');
    onClose();
  };
  return (
    <Dialog title={st().network.revokeTitle} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send)}>
        <ErrorSummary errors={form.errors()} />
        <p>{fill(st().network.revokeText, { school: member.name })}</p>
        <AreaField label={st().transfers.why} optional value={reason.value} max={4000} onValue={(text) => { reason.value = text; }} />
        <div class="actions">
          <button type="submit" class="button danger" disabled={form.busy()}>{form.busy() ? t().common.working : st().network.revokeConfirm}</button>
          <button type="button" class="button" onClick={onClose}>{t().common.cancel}</button>
        </div>
      </form>
    </Dialog>
  );
}
