import { useSignal } from '@preact/signals';
import { st } from '../i18n/staff';
import { act, api, ok, type Member, type Power } from '../lib/api';
import { useSchool } from '../lib/data';
import { useForm } from '../lib/form';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { SelectField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';
import { PowersField } from './PowersField';

const DEPTHS = ['0', '1', '2', '3'];
const DAYS = ['365', '730', '1095'];

/** A new certificate for a school right below ours: what it may, how deep, for how long. */
export function TermsDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const school = useSchool().data;
  const form = useForm();
  const powers = useSignal<Power[]>(member.powers);
  const depth = useSignal('0');
  const days = useSignal('730');
  const words = st().networkTerms;
  const labels = { powers: st().network.invitePowers, depth: st().network.inviteDepth, days: words.days };
  const send = async () => {
    await ok(api.PUT('/api/v1/network/schools/{id}/terms', {
      params: { path: { id: member.id }, header: act() },
      body: { powers: powers.value, depth: powers.value.includes('admit') ? Number(depth.value) : 0, days: Number(days.value) },
    }));
    toast(words.done);
    refresh('network');
    onClose();
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <p class="quoted">{member.name}</p>
        <p>{words.text}</p>
        <PowersField label={labels.powers} own={school?.powers ?? []} value={powers.value} onValue={(all) => { powers.value = all; }} />
        {powers.value.includes('admit') && (
          <SelectField label={labels.depth} value={depth.value} error={form.of('depth')} onValue={(v) => { depth.value = v; }} options={DEPTHS.map((one) => ({ value: one, text: one }))} />
        )}
        <SelectField label={labels.days} value={days.value} error={form.of('days')} onValue={(v) => { days.value = v; }} options={DAYS.map((one) => ({ value: one, text: words.years[one as '365'] }))} />
        <FormActions busy={form.busy()} submit={words.submit} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
