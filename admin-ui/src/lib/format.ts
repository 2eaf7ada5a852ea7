import { lang, t } from '../i18n';
import { now, TICK_MS } from './clock';

const MINUTE = 60000;
const locale = () => (lang.value === 'ru' ? 'ru-RU' : 'en-GB');

/** «22 ноября 2026 г.» */
/* a day and its month stay on one line */
export const date = (iso: string) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'long' }).format(new Date(iso.length === 10 ? `${iso}T12:00` : iso)).replaceAll(' ', '\u00a0');
/** «5 марта» */
export const dayOf = (time: number) => new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'long' }).format(time);
export const dateTime = (iso: string) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'long', timeStyle: 'short' }).format(new Date(iso));
/** A mean is kept in hundredths. */
export const hundredths = (value: number) => new Intl.NumberFormat(locale(), { maximumFractionDigits: 2 }).format(value / 100);
export const number = (value: number) => new Intl.NumberFormat(locale()).format(value);

/** «8 минут назад», «через 3 минуты». */
export function ago(iso: string) {
  const ms = new Date(iso).getTime() - now.value;
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  const size = Math.abs(ms);
  // What came since the last tick is not to come.
  if (size < MINUTE) return ms < TICK_MS ? t().time.justNow : t().time.soon;
  if (size < 60 * MINUTE) return format.format(Math.round(ms / MINUTE), 'minute');
  if (size < 36 * 60 * MINUTE) return format.format(Math.round(ms / (60 * MINUTE)), 'hour');
  return format.format(Math.round(ms / (24 * 60 * MINUTE)), 'day');
}

/** «через 2 минуты», never too soon. */
export function inTime(seconds: number) {
  const format = new Intl.RelativeTimeFormat(locale());
  if (seconds < 100) return format.format(seconds, 'second');
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? format.format(minutes, 'minute') : format.format(Math.ceil(minutes / 60), 'hour');
}

export type Forms = { one: string; few: string; many: string; other: string };
/** Picks the form that fits the number and puts the number in place of `#`. */
export function plural(count: number, forms: Forms) {
  const form = new Intl.PluralRules(locale()).select(count) as keyof Forms;
  return (forms[form] ?? forms.other).replace('#', number(count));
}

/** Fills `{name}` places. */
export const fill = (text: string, values: Record<string, string>) =>
  text.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all);

export const schoolYear = (period: number) => `${period}/${String(period + 1).slice(2)}`;

/** The school year a day belongs to: a new one begins in September. */
export const currentPeriod = (day = new Date()) => day.getFullYear() - (day.getMonth() < 8 ? 1 : 0);

type Person = { family: string; given: string; patronymic: string };
export const fullName = (person: Person) => [person.family, person.given, person.patronymic].filter(Boolean).join(' ');
