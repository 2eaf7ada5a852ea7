import { effect, signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';
const KEY = 'estafeta.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(dark.matches);
dark.addEventListener('change', (event) => { systemDark.value = event.matches; });

const stored = localStorage.getItem(KEY);
export const theme = signal<Theme>(stored === 'light' || stored === 'dark' ? stored : 'auto');

effect(() => {
  const isDark = theme.value === 'dark' || (theme.value === 'auto' && systemDark.value);
  document.documentElement.classList.toggle('dark', isDark);
  document.documentElement.classList.toggle('light', !isDark);
  // The frame of an installed application follows the choice made here.
  for (const one of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) one.content = isDark ? '#111110' : '#fdfdfc';
  localStorage.setItem(KEY, theme.value);
});

export function nextTheme() {
  theme.value = theme.value === 'auto' ? 'light' : theme.value === 'light' ? 'dark' : 'auto';
}
