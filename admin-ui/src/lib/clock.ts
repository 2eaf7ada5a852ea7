import { signal } from '@preact/signals';

/** Ticks twice a minute, for «5 минут назад». */
export const now = signal(Date.now());
setInterval(() => { now.value = Date.now(); }, 30000);
