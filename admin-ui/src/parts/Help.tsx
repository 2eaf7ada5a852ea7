// Plain words about the screen one is on; fetched when they are asked for.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { lang, t } from '../i18n';
import type { HelpText } from '../i18n/help.ru';
import { route } from '../lib/router';
import { Dialog } from './Dialog';
import { Skeleton } from './States';

const load = () => (lang.value === 'ru' ? import('../i18n/help.ru') : import('../i18n/help.en')).then((m) => m.help);

/** The longest beginning of the address that has words of its own. */
export function helpFor<T>(help: Record<string, T>, path: string): T {
  const steps = path.split('/').filter((one) => one && !/^[0-9a-f]{16,}$/.test(one));
  for (let n = steps.length; n > 0; n--) {
    const text = help[steps.slice(0, n).join('/')];
    if (text) return text;
  }
  return help['']!;
}

export function HelpButton() {
  const open = useSignal(false);
  return (
    <>
      <button type="button" class="icon-button help-button" aria-label={t().shell.help} title={t().shell.help} onClick={() => { open.value = true; }}>?</button>
      {open.value && <Help onClose={() => { open.value = false; }} />}
    </>
  );
}

function Help({ onClose }: { onClose: () => void }) {
  const text = useSignal<HelpText | null>(null);
  useEffect(() => { void load().then((help) => { text.value = helpFor(help, route.value.path); }); }, []);
  return (
    <Dialog title={t().shell.help} onClose={onClose}>
      {text.value ? (
        <div class="help">
          <p>{text.value.about}</p>
          {text.value.how.length > 0 && <ul>{text.value.how.map((one) => <li key={one}>{one}</li>)}</ul>}
        </div>
      ) : <Skeleton rows={2} />}
    </Dialog>
  );
}
