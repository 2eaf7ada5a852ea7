import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { start } from '../i18n/start';
import { act, api, ok, type Transfer } from '../lib/api';
import { useForm } from '../lib/form';
import { fill, fullName } from '../lib/format';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { AreaField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';

type Props = { transfer: Transfer; onClose: () => void };

function finish(text: string, onClose: () => void) {
  toast(text);
  refresh('transfers');
  refresh('student');
  onClose();
}

/** Releasing a child's record cannot be taken back: name both sides before. */
export function ApproveDialog({ transfer, onClose }: Props) {
  const form = useForm();
  const { student, school } = transfer;
  const send = async () => {
    await ok(api.POST('/api/v1/transfers/{id}/approve', { params: { path: { id: transfer.id }, header: act() } }));
    finish(st().transfers.approved, onClose);
  };
  return (
    <Dialog title={st().transfers.approveTitle} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send)}>
        <ErrorSummary errors={form.errors()} />
        <dl class="facts">
          <div>
            <dt>{st().transfers.approveWhom}</dt>
            <dd><strong>{student ? fullName(student) : start().unknownStudent}</strong>{student?.class && `, ${fill(t().student.class, { name: student.class })}`}</dd>
          </div>
          {school && (
            <>
              <div><dt>{st().transfers.approveTo}</dt><dd><strong>{school.name}</strong>, {fill(t().common.region, { code: school.region })}</dd></div>
              <div><dt>{st().transfers.approveNumber}</dt><dd class="code-text">{school.short}</dd></div>
            </>
          )}
        </dl>
        <p>{st().transfers.approveText}</p>
        <FormActions busy={form.busy()} submit={st().transfers.approveConfirm} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

export function EndDialog({ transfer, how, onClose }: Props & { how: 'decline' | 'void' }) {
  const form = useForm();
  const reason = useSignal('');
  const say = how === 'decline'
    ? { title: st().transfers.declineTitle, text: st().transfers.declineText, submit: st().transfers.decline, done: st().transfers.declined }
    : { title: st().transfers.voidTitle, text: st().transfers.voidText, submit: st().transfers.voidClaim, done: st().transfers.voided };
  const send = async () => {
    const options = {
      params: { path: { id: transfer.id }, header: act() },
      body: { reason: reason.value.trim() || undefined },
    };
    await ok(how === 'decline' ? api.POST('/api/v1/transfers/{id}/decline', options) : api.POST('/api/v1/transfers/{id}/void', options));
    finish(say.done, onClose);
  };
  return (
    <Dialog title={say.title} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send)}>
        <ErrorSummary errors={form.errors()} />
        <p class="quoted">{transfer.student ? fullName(transfer.student) : start().unknownStudent}</p>
        <p>{say.text}</p>
        <AreaField label={st().transfers.why} optional value={reason.value} max={4000} onValue={(text) => { reason.value = text; }} />
        <div class="actions">
          <button type="submit" class="button danger" disabled={form.busy()}>{form.busy() ? t().common.working : say.submit}</button>
          <button type="button" class="button" onClick={onClose}>{t().common.cancel}</button>
        </div>
      </form>
    </Dialog>
  );
}
