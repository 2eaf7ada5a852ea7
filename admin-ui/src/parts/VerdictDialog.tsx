import { t } from '../i18n';
import { ApiError, type Entry } from '../lib/api';
import { useDraft } from '../lib/drafts';
import { judgeEntry, keyOf, withdrawEntry, type Subject } from '../lib/entries';
import { useForm } from '../lib/form';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { done } from '../lib/undo';
import { Dialog } from './Dialog';
import { DraftNote } from './DraftNote';
import { ErrorSummary } from './ErrorSummary';
import { AreaField } from './Field';
import { FormActions } from './FormActions';

type Act = 'return' | 'comment' | 'withdraw';
type Props = { subject: Subject; entry: Entry; act: Act; onClose: () => void };

const words = (act: Act) => ({
  return: { title: t().entry.returnTitle, text: t().entry.returnText, label: t().entry.returnReason, hint: t().entry.returnHint, submit: t().entry.return, done: t().entry.returned },
  comment: { title: t().entry.commentTitle, text: t().entry.commentText, label: t().entry.commentReason, hint: undefined, submit: t().common.add, done: t().entry.commented },
  withdraw: { title: t().entry.withdrawTitle, text: t().entry.withdrawText, label: t().entry.withdrawReason, hint: undefined, submit: t().entry.withdraw, done: t().entry.withdrawn },
}[act]);

/** What is said of an entry in words: why it goes back, a remark, why it is withdrawn. */
export function VerdictDialog({ subject, entry, act, onClose }: Props) {
  const draft = useDraft(`draft:${act}:${entry.id}`, { reason: '' });
  const form = useForm();
  const say = words(act);
  const { reason } = draft.value.value;

  const send = async () => {
    if (!reason.trim() && act !== 'withdraw') return form.missing(['reason'], { reason: say.label });
    try {
      if (act === 'withdraw') await withdrawEntry(subject, entry, reason.trim());
      else await judgeEntry(subject, entry, { verdict: act, reason: reason.trim() });
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem?.status !== 412) throw error;
      refresh(keyOf(subject));
      toast(t().entry.changedMeanwhile, { tone: 'error' });
      return onClose();
    }
    await draft.discard();
    if (act === 'comment') toast(say.done);
    else done(say.done, entry.id);
    for (const key of [keyOf(subject), 'students', 'work', 'review']) refresh(key);
    onClose();
  };

  return (
    <Dialog title={say.title} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send, { reason: say.label })}>
        <ErrorSummary errors={form.errors()} />
        <p class="quoted">{entry.title}</p>
        <p>{say.text}</p>
        <AreaField label={say.label} hint={say.hint} optional={act === 'withdraw'} error={form.of('reason')} value={reason} max={4000} rows={4}
          onValue={(text) => draft.change({ reason: text })} />
        <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
        <FormActions busy={form.busy()} submit={say.submit} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
