import { t } from '../i18n';

/** How a form ends: it is sent, or left; while it is being sent it says so. */
export function FormActions({ busy, submit, onCancel }: { busy: boolean; submit: string; onCancel: () => void }) {
  return (
    <div class="actions">
      <button type="submit" class="button primary" disabled={busy}>{busy ? t().common.working : submit}</button>
      <button type="button" class="button" onClick={onCancel}>{t().common.cancel}</button>
    </div>
  );
}
