// Words that only staff see: a part of the interface of its own, which a family's telephone never fetches.
import { effect, signal } from '@preact/signals';
import { lang } from '.';
import { ru } from './staff.ru';

const words = signal<typeof ru>(ru);
effect(() => {
  if (lang.value === 'ru') words.value = ru;
  else void import('./staff.en').then(({ en }) => { if (lang.value === 'en') words.value = en; });
});

export const st = () => words.value;
