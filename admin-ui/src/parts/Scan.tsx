import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { watch, type Trouble } from '../lib/camera';
import { codeOf } from '../lib/code';
import { Dialog } from './Dialog';

/** The camera in a window of its own; it is off as soon as the window is closed. */
export function Scan({ onCode, onClose }: { onCode: (code: string) => void; onClose: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const on = useSignal(false);
  const foreign = useSignal(false);
  const trouble = useSignal<Trouble | null>(null);
  useEffect(() => watch(video.current!, {
    ready: () => { on.value = true; },
    trouble: (what) => { trouble.value = what; },
    read: (text) => {
      const code = codeOf(text);
      foreign.value = code === null;
      if (code) onCode(code);
    },
  }), []);
  return (
    <Dialog title={t().scan.title} onClose={onClose}>
      {trouble.value ? <p class="notice wait" role="alert">{t().scan[trouble.value]}</p> : (
        <>
          <p role="status" class={foreign.value ? 'scan-note foreign' : 'scan-note'}>{foreign.value ? t().scan.foreign : on.value ? t().scan.aim : t().scan.starting}</p>
          <video ref={video} class="scan-picture" muted playsInline aria-label={t().scan.picture} />
        </>
      )}
      <div class="actions"><button type="button" class="button" onClick={onClose}>{t().scan.byHand}</button></div>
    </Dialog>
  );
}
