import { useSignal } from '@preact/signals';
import { st } from '../i18n/staff';
import { act, api, ok, type Power } from '../lib/api';
import { useSchool } from '../lib/data';
import { useForm } from '../lib/form';
import { date, fill } from '../lib/format';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { SelectField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';
import { PowersField } from './PowersField';
import { Qr } from '../parts/Qr';
import { Secret } from '../parts/Secret';

type Made = { token: string; expires: string; address: string };
const DEPTHS = ['0', '1', '2', '3'];
const DAYS = ['3', '14', '30'];

function Ready({ made, onClose }: { made: Made; onClose: () => void }) {
  return (
    <Dialog title={st().network.inviteReady} onClose={onClose} wide>
      <p>{fill(st().network.inviteOnce, { date: date(made.expires) })}</p>
      <div class="handover-box">
        <Qr text={made.token} label={st().network.inviteToken} />
        <div>
          <Secret label={st().network.inviteToken} text={made.token} />
          <p class="hint">{st().network.inviteAddress}: <span class="address">{made.address}</span></p>
        </div>
      </div>
      <div class="actions"><button type="button" class="button primary" onClick={onClose}>{st().code.done}</button></div>
    </Dialog>
  );
}

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const school = useSchool().data;
  const form = useForm();
  const made = useSignal<Made | null>(null);
  const powers = useSignal<Power[]>(['relay']);
  const depth = useSignal('0');
  const days = useSignal('14');
  const labels = { powers: st().network.invitePowers, depth: st().network.inviteDepth, days: st().network.inviteDays };
  const own = school?.powers ?? [];

  const send = async () => {
    made.value = await ok(api.POST('/api/v1/network/invites', {
      params: { header: act() },
      body: {
        powers: powers.value.filter((one) => own.includes(one)), depth: powers.value.includes('admit') ? Number(depth.value) : 0,
        days: Number(days.value),
      },
    }));
  };

  if (made.value) return <Ready made={made.value} onClose={onClose} />;
  return (
    <Dialog title={st().network.inviteTitle} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <PowersField label={labels.powers} own={own} value={powers.value} onValue={(all) => { powers.value = all; }} />
        {powers.value.includes('admit') && (
          <SelectField label={labels.depth} value={depth.value} error={form.of('depth')} onValue={(text) => { depth.value = text; }}
            options={DEPTHS.map((one) => ({ value: one, text: one }))} />
        )}
        <SelectField label={labels.days} value={days.value} error={form.of('days')} onValue={(text) => { days.value = text; }}
          options={DAYS.map((one) => ({ value: one, text: one }))} />
        <FormActions busy={form.busy()} submit={st().network.inviteMake} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
