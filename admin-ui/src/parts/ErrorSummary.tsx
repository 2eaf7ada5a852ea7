import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';

/** All that is wrong, in one place that takes the focus. */
export function ErrorSummary({ errors }: { errors: string[] }) {
  const ref = useRef<HTMLDivElement>(null);
  const text = errors.join('\n');
  useEffect(() => { if (text) ref.current?.focus(); }, [text]);
  if (!errors.length) return null;
  return (
    <div class="notice bad" role="alert" tabIndex={-1} ref={ref}>
      <p class="notice-title">{t().common.fixErrors}</p>
      <ul>{errors.map((one) => <li key={one}>{one}</li>)}</ul>
    </div>
  );
}
