// Words that not everybody needs: a part of the interface of its own, fetched with what says them.
import { effect, signal } from '@preact/signals';
import { lang } from '.';

/** Russian comes with the part; English is fetched when asked for. */
export function part<T>(ru: T, english: () => Promise<{ en: T }>): () => T {
  const words = signal(ru);
  effect(() => {
    if (lang.value === 'ru') words.value = ru;
    else void english().then(({ en }) => { if (lang.value === 'en') words.value = en; });
  });
  return () => words.value;
}
