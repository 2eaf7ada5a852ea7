import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { draftCount } from '../lib/drafts';
import { plural } from '../lib/format';
import { queue } from '../lib/queue';
import { leave } from '../lib/session';
import { Dialog } from './Dialog';
import { Icon } from './Icon';

/** Leaving wipes this device; what was not sent or finished yet would be lost, so that is asked first. */
export function LeaveButton() {
  const asking = useSignal(false);
  const drafts = useSignal(0);
  const count = queue.items.value.length;
  const ask = async () => {
    drafts.value = await draftCount();
    if (count || drafts.value) asking.value = true;
    else await leave();
  };
  const close = () => { asking.value = false; };
  return (
    <>
      <button type="button" class="tool" onClick={() => void ask()}>
        <Icon name="out" />
        <span>{t().shell.logout}</span>
      </button>
      {asking.value && (
        <Dialog title={t().outbox.leaveTitle} onClose={close}>
          {count > 0 && <p>{plural(count, t().outbox.leaveText)}</p>}
          {drafts.value > 0 && <p>{plural(drafts.value, t().outbox.leaveDrafts)}</p>}
          <div class="actions">
            <button type="button" class="button primary" onClick={close}>{t().outbox.stay}</button>
            <button type="button" class="button" onClick={() => void leave()}>{t().outbox.leaveAnyway}</button>
          </div>
        </Dialog>
      )}
    </>
  );
}
