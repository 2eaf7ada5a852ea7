// The four faces of every list: loading (after 300 ms), empty, failed, shown.
import type { ComponentChildren } from 'preact';
import { t } from '../i18n';
import { errorText } from '../lib/errors';
import type { ApiError } from '../lib/api';
import { refresh, type Resource } from '../lib/resource';

export function Skeleton({ rows = 4 }: { rows?: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">{t().common.loading}</span>
      {Array.from({ length: rows }, (_, i) => <div key={i} class="bone" />)}
    </div>
  );
}

export function Empty({ title, text, children }: { title: string; text?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <svg width="72" height="40" viewBox="0 0 72 40" aria-hidden="true" focusable="false">
        <path d="M4 34h64" class="track" />
        <path d="M22 26 33 17" class="baton-a" />
        <path d="m40 12 9-7" class="baton-b" />
      </svg>
      <p class="empty-title">{title}</p>
      {text && <p>{text}</p>}
      {children && <div class="actions">{children}</div>}
    </div>
  );
}

export function Failed({ error, onRetry }: { error: ApiError; onRetry: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <p class="notice-title">{error.offline ? t().problems.offlineTitle : t().problems.loadFailed}</p>
      <p>{error.offline ? t().link.notKept : errorText(error)}</p>
      <button type="button" class="button" onClick={onRetry}>{t().common.retry}</button>
    </div>
  );
}

type Props<T> = { of: Resource<T>; retry: string; rows?: number; children: (data: T) => ComponentChildren };
/** What was loaded stays on screen when a later refresh fails. */
export function Loaded<T>({ of, retry, rows, children }: Props<T>) {
  return (
    <>
      {of.error && <Failed error={of.error} onRetry={() => refresh(retry)} />}
      {of.data !== null ? children(of.data) : of.error ? null : <Skeleton rows={rows} />}
    </>
  );
}
