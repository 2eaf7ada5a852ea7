import type { Signal } from '@preact/signals';
import { t } from '../i18n';
import { Dialog } from './Dialog';

export function KeysHelp({ on, onClose }: { on: Signal<boolean>; onClose: () => void }) {
  const rows = [
    ['J', t().student.keyNext], ['K', t().student.keyPrev], ['A', t().student.keyConfirm],
    ['R', t().student.keyReturn], ['?', t().student.keyHelp],
  ] as const;
  return (
    <Dialog title={t().student.keysTitle} onClose={onClose}>
      <dl class="keys">
        {rows.map(([key, text]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{text}</dd></div>)}
      </dl>
      <label class="check">
        <input type="checkbox" checked={on.value} onChange={(event) => { on.value = event.currentTarget.checked; }} />
        {t().student.keysOn}
      </label>
    </Dialog>
  );
}
