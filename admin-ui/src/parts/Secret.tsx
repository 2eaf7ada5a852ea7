import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { t } from '../i18n';

/** A text to hand over: selectable everywhere, copied by a button where the browser allows. */
export function Secret({ label, text, codeLike }: { label: string; text: string; codeLike?: boolean }) {
  const id = useId();
  const copied = useSignal(false);
  const copy = () => void navigator.clipboard.writeText(text).then(() => { copied.value = true; });
  return (
    <div class="secret">
      <label for={id}>{label}</label>
      <textarea id={id} readOnly rows={codeLike ? 3 : 6} class={codeLike ? 'code-text big' : 'code-text'} value={text}
        onFocus={(event) => event.currentTarget.select()} />
      {isSecureContext && (
        <button type="button" class="button small" onClick={copy}>{copied.value ? t().common.copied : t().common.copy}</button>
      )}
    </div>
  );
}
