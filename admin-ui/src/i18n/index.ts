import { signal } from '@preact/signals';
import { ru } from './ru';

export type Lang = 'ru' | 'en';
const KEY = 'estafeta.lang';
const words = signal<typeof ru>(ru);
export const lang = signal<Lang>('ru');

/** Russian comes with the page; English is fetched when asked for. */
export async function setLang(to: Lang) {
  words.value = to === 'en' ? (await import('./en')).en : ru;
  lang.value = to;
  document.documentElement.lang = to;
  localStorage.setItem(KEY, to);
}

export const rememberedLang = (): Lang => (localStorage.getItem(KEY) === 'en' ? 'en' : 'ru');

export const t = () => words.value;
/** A title that comes in both languages with the data. */
export const titled = (titles: { ru: string; en: string }) => titles[lang.value] || titles.ru;
