// Forgetting for good: one entry, or all of a student. The button is only ever the last of two.
import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { act, api, ApiError, ok, type Entry, type StudentCard } from '../lib/api';
import { errorText } from '../lib/errors';
import { useForm } from '../lib/form';
import { date, fill, fullName } from '../lib/format';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from './Dialog';
import { ErrorSummary } from './ErrorSummary';
import { CheckField } from './Field';

type DialogProps = { title: string; whom: string; text: string; sure: string; submit: string; send: () => Promise<void>; onClose: () => void };
function Sure({ title, whom, text, sure, submit, send, onClose }: DialogProps) {
  const form = useForm();
  const certain = useSignal(false);
  return (
    <Dialog title={title} onClose={onClose}>
      <form noValidate onSubmit={form.submit(async () => {
        if (!certain.value) return form.set({ sure: t().erase.tick });
        await send();
      }, { sure })}>
        <ErrorSummary errors={form.errors()} />
        <p class="quoted">{whom}</p>
        <p>{text}</p>
        <CheckField label={sure} error={form.of('sure')} value={certain.value} onValue={(value) => { certain.value = value; }} />
        <div class="actions">
          <button type="submit" class="button danger" disabled={form.busy()}>{form.busy() ? t().common.working : submit}</button>
          <button type="button" class="button" onClick={onClose}>{t().common.cancel}</button>
        </div>
      </form>
    </Dialog>
  );
}

export function EraseEntryDialog({ student, entry, onClose }: { student: string; entry: Entry; onClose: () => void }) {
  const send = async () => {
    await ok(api.POST('/api/v1/students/{id}/entries/{entry}/erase', { params: { path: { id: student, entry: entry.id }, header: act() } }));
    toast(t().erase.entryDone);
    refresh(`student/${student}`);
    onClose();
  };
  return <Sure title={t().erase.entryTitle} whom={entry.title} text={t().erase.entryText} sure={t().erase.sure} submit={t().erase.entryConfirm} send={send} onClose={onClose} />;
}

export function EraseStudentDialog({ student, onClose }: { student: StudentCard; onClose: () => void }) {
  const send = async () => {
    const order = await ok(api.POST('/api/v1/students/{id}/erasure', { params: { path: { id: student.id }, header: act() } }));
    toast(fill(t().erase.ordered, { date: date(order.due) }));
    refresh(`student/${student.id}`);
    onClose();
  };
  return <Sure title={t().erase.studentTitle} whom={fullName(student)} text={t().erase.studentText} sure={t().erase.sure} submit={t().erase.studentConfirm} send={send} onClose={onClose} />;
}

export async function cancelErasure(student: string) {
  try {
    await ok(api.DELETE('/api/v1/students/{id}/erasure', { params: { path: { id: student }, header: act() } }));
    toast(t().erase.cancelled);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(errorText(error), { tone: 'error' });
  }
  refresh(`student/${student}`);
}
