import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { ApiError } from '../lib/api';
import { download, save } from '../lib/download';
import { errorText } from '../lib/errors';
import { fill } from '../lib/format';
import { size } from '../lib/size';
import { toast } from '../lib/toast';
import { Icon } from './Icon';

type Props = { href: string; text: string; label?: string; class?: string };
/** Takes a file out of the node: what it waits for, how far it has come, and a way to stop it. */
export function Download({ href, text, label, class: look = 'button small' }: Props) {
  const came = useSignal<{ got: number; total: number | null } | null>(null);
  const stop = useRef<AbortController>();
  useEffect(() => () => stop.current?.abort(), []);
  const start = async () => {
    const mine = new AbortController();
    stop.current = mine;
    came.value = { got: 0, total: null };
    try {
      save(await download(href, (got, total) => { came.value = { got, total }; }, mine.signal));
    } catch (error) {
      if (mine.signal.aborted) return;
      toast(error instanceof ApiError ? errorText(error) : t().problems.offline, { tone: 'error' });
    } finally {
      came.value = null;
    }
  };
  if (!came.value) return <button type="button" class={look} aria-label={label} onClick={() => void start()}><Icon name="download" />{text}</button>;
  const { got, total } = came.value;
  const words = st().download;
  const told = got === 0 ? words.prepares : total ? fill(words.of, { got: size(got), total: size(total) }) : fill(words.got, { got: size(got) });
  return (
    <span class="downloading" role="group" aria-label={label ?? text}>
      <progress {...(total ? { value: got, max: total } : {})} aria-label={told} />
      <span role="status">{got === 0 ? told : ''}</span>
      {got > 0 && <span>{told}</span>}
      <button type="button" class="icon-button" aria-label={words.stop} onClick={() => stop.current?.abort()}><Icon name="cross" size={16} /></button>
    </span>
  );
}
