import { st } from '../i18n/staff';
import { fill, number } from './format';

const UNITS = ['b', 'kb', 'mb', 'gb'] as const;
const STEP = 1024;

/** «47,2 МБ». */
export function size(bytes: number) {
  let unit = 0;
  let value = bytes;
  for (; value >= STEP && unit < UNITS.length - 1; unit++) value /= STEP;
  return fill(st().server.bytes[UNITS[unit]!], { n: number(unit === 0 ? value : Math.round(value * 10) / 10) });
}
