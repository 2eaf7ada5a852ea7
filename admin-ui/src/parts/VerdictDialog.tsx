import { t } from '../i18n';
import { act, api, ApiError, ok, type Entry } from '../lib/api';
import { useDraft } from '../lib/drafts';
import { useForm } from '../lib/form';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from './Dialog';
import { DraftNote } from './DraftNote';
import { ErrorSummary } from './ErrorSummary';
import { AreaField } from './Field';

type Props = { student: string; entry: Entry; verdict: 'return' | 'comment'; onClose: () => void };

const words = (verdict: Props['verdict']) => (verdict === 'return'
  ? { title: t().entry.returnTitle, text: t().entry.returnText, label: t().entry.returnReason, hint: t().entry.returnHint, submit: t().entry.return, done: t().entry.returned }
  : { title: t().entry.commentTitle, text: t().entry.commentText, label: t().entry.commentReason, hint: undefined, submit: t().common.add, done: t().entry.commented });

export function VerdictDialog({ student, entry, verdict, onClose }: Props) {
  const draft = useDraft(`draft:${verdict}:${entry.id}`, { reason: '' });
  const form = useForm();
  const say = words(verdict);
  const { reason } = draft.value.value;

  const send = async () => {
    if (!reason.trim()) return form.missing(['reason'], { reason: say.label });
    try {
      await ok(api.POST('/api/v1/students/{id}/entries/{entry}/verdicts', {
        params: { path: { id: student, entry: entry.id }, header: { ...act(), 'If-Match': entry.etag } },
        body: { verdict, reason: reason.trim() },
      }));
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem?.status !== 412) throw error;
      refresh(`student/${student}`);
      toast(t().entry.changedMeanwhile, { tone: 'error' });
      return onClose();
    }
    await draft.discard();
    toast(say.done);
    refresh(`student/${student}`);
    refresh('students');
    onClose();
  };

  return (
    <Dialog title={say.title} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send, { reason: say.label })}>
        <ErrorSummary errors={form.errors()} />
        <p class="quoted">{entry.title}</p>
        <p>{say.text}</p>
        <AreaField label={say.label} hint={say.hint} error={form.of('reason')} value={reason} max={4000} rows={4}
          onValue={(text) => draft.change({ reason: text })} />
        <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
        <div class="actions">
          <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : say.submit}</button>
          <button type="button" class="button" onClick={onClose}>{t().common.cancel}</button>
        </div>
      </form>
    </Dialog>
  );
}
