import { t } from '../i18n';
import { closeToast, toasts } from '../lib/toast';
import { Icon } from './Icon';

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((one) => (
        <div key={one.id} class={`toast ${one.tone}`}>
          <p>{one.text}</p>
          {one.action && (
            <button
              type="button"
              class="button quiet"
              onClick={() => {
                one.action?.run();
                closeToast(one.id);
              }}
            >
              {one.action.label}
            </button>
          )}
          <button type="button" class="icon-button" aria-label={t().common.close} onClick={() => closeToast(one.id)}>
            <Icon name="cross" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
