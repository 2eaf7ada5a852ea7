// The administrator's first page has words apart: it is there before the rest of the office has come.
import { part } from './part';
import { ru } from './start.ru';

export const start = part(ru, () => import('./start.en'));
