import { signal } from '@preact/signals';

type Toast = { id: number; text: string; tone: 'plain' | 'error'; action?: { label: string; run: () => void } };
export const toasts = signal<Toast[]>([]);
let last = 0;

export function closeToast(id: number) {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Stays `ms`; an error stays until it is closed. Returns the id. */
export function toast(text: string, options: { tone?: Toast['tone']; action?: Toast['action']; ms?: number } = {}) {
  const id = ++last;
  const tone = options.tone ?? 'plain';
  toasts.value = [...toasts.value.slice(-2), { id, text, tone, action: options.action }];
  if (tone !== 'error') window.setTimeout(() => closeToast(id), options.ms ?? 6000);
  return id;
}
