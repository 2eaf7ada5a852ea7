import { useSignal } from '@preact/signals';
import { st } from '../i18n/staff';
import { api, csrfHeader, ok, type IssuedCode } from '../lib/api';
import { useForm } from '../lib/form';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { TextField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';
import { IssuedDialog } from './IssuedDialog';

/** A code for somebody who is nobody in the records. */
export function InviteOutsider({ onClose }: { onClose: () => void }) {
  const name = useSignal('');
  const as = useSignal<'observer' | 'administrator'>('observer');
  const issued = useSignal<IssuedCode | null>(null);
  const form = useForm();
  const words = st().access;
  const labels = { name: words.inviteName };
  const send = async () => {
    if (!name.value.trim()) return form.missing(['name'], labels);
    issued.value = await ok(api.POST('/api/v1/accounts', { params: { header: csrfHeader() }, body: { name: name.value.trim(), observer: as.value === 'observer', administrator: as.value === 'administrator' } }));
  };
  if (issued.value) return <IssuedDialog issued={issued.value} onClose={onClose} />;
  return (
    <Dialog title={words.invite} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <p>{words.inviteText}</p>
        <TextField label={labels.name} value={name.value} error={form.of('name')} onValue={(v) => { name.value = v; }} input={{ maxLength: 200 }} />
        <fieldset>
          <legend>{words.inviteAs}</legend>
          {(['observer', 'administrator'] as const).map((one) => (
            <label key={one} class="check">
              <input type="radio" name="as" checked={as.value === one} onChange={() => { as.value = one; }} />
              {one === 'observer' ? words.asObserver : words.asAdministrator}
            </label>
          ))}
        </fieldset>
        <FormActions busy={form.busy()} submit={st().accounts.make} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
