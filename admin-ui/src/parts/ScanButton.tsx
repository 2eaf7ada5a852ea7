import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { lazy } from './lazy';
import { Icon } from './Icon';

const Scan = lazy(() => import('./Scan').then((m) => m.Scan), { part: true });

/** The way round typing a code. */
export function ScanButton({ onCode }: { onCode: (code: string) => void }) {
  const open = useSignal(false);
  const close = () => { open.value = false; };
  return (
    <>
      <p class="scan-button"><button type="button" class="button" onClick={() => { open.value = true; }}><Icon name="camera" />{t().scan.button}</button></p>
      {open.value && <Scan onClose={close} onCode={(code) => { close(); onCode(code); }} />}
    </>
  );
}
