import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { plural } from '../lib/format';
import { queue } from '../lib/queue';
import { leave } from '../lib/session';
import { Dialog } from './Dialog';
import { Icon } from './Icon';

/** Leaving wipes this device; what was not sent yet would be lost, so that is asked first. */
export function LeaveButton() {
  const asking = useSignal(false);
  const count = queue.items.value.length;
  const close = () => { asking.value = false; };
  return (
    <>
      <button type="button" class="tool" onClick={() => { if (count) asking.value = true; else void leave(); }}>
        <Icon name="out" />
        <span>{t().shell.logout}</span>
      </button>
      {asking.value && (
        <Dialog title={t().outbox.leaveTitle} onClose={close}>
          <p>{plural(count, t().outbox.leaveText)}</p>
          <div class="actions">
            <button type="button" class="button primary" onClick={close}>{t().outbox.stay}</button>
            <button type="button" class="button" onClick={() => void leave()}>{t().outbox.leaveAnyway}</button>
          </div>
        </Dialog>
      )}
    </>
  );
}
