import { t } from '../i18n';
import { underWay } from '../lib/form';

/** Sends the form; while it is being sent, or a file still is, it says so. */
export function SubmitButton({ busy, text }: { busy: boolean; text: string }) {
  const sending = underWay.value > 0;
  return <button type="submit" class="button primary" disabled={busy || sending}>{busy ? t().common.working : sending ? t().files.sending : text}</button>;
}

/** How a form ends: it is sent, or left. */
export function FormActions({ busy, submit, onCancel }: { busy: boolean; submit: string; onCancel: () => void }) {
  return (
    <div class="actions">
      <SubmitButton busy={busy} text={submit} />
      <button type="button" class="button" onClick={onCancel}>{t().common.cancel}</button>
    </div>
  );
}
