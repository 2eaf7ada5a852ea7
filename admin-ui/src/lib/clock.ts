import { signal } from '@preact/signals';

export const TICK_MS = 30000;
/** Ticks twice a minute, for «5 минут назад». */
export const now = signal(Date.now());
setInterval(() => { now.value = Date.now(); }, TICK_MS);
