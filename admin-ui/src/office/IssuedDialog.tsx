import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import type { IssuedCode } from '../lib/api';
import { Dialog } from '../parts/Dialog';
import { Icon } from '../parts/Icon';
import { OnPaper } from '../parts/OnPaper';
import { Slips } from './Slips';

/** A code that is shown this once, and printed from here. */
export function IssuedDialog({ issued, onClose }: { issued: IssuedCode; onClose: () => void }) {
  const printing = useSignal(false);
  return (
    <Dialog title={st().access.code} onClose={onClose} wide>
      <p class="notice wait">{st().access.codeOnce}</p>
      <Slips issued={[issued]} />
      <div class="actions">
        <button type="button" class="button primary" onClick={() => { printing.value = true; }}><Icon name="print" />{t().common.print}</button>
        <button type="button" class="button" onClick={onClose}>{st().code.done}</button>
      </div>
      {printing.value && <OnPaper onPrinted={() => { printing.value = false; }}><Slips issued={[issued]} /></OnPaper>}
    </Dialog>
  );
}
