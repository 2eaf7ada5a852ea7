// Words that only staff see: a family's telephone never fetches them.
import { part } from './part';
import { ru } from './staff.ru';

export const st = part(ru, () => import('./staff.en'));
