// Two cards that are one child.
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, ApiError, csrfHeader, ok } from './api';
import { errorText } from './errors';
import { refresh } from './resource';
import { toast } from './toast';

async function tell(work: Promise<unknown>, done: () => void) {
  try {
    await work;
    done();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(errorText(error), { tone: 'error' });
  }
  for (const key of ['duplicates', 'student']) refresh(key);
}

const at = (id: string, other: string) => ({ params: { path: { id, other }, header: csrfHeader() } });

export const part = (id: string, other: string) =>
  tell(ok(api.DELETE('/api/v1/students/{id}/links/{other}', at(id, other))), () => toast(st().pupil.parted));

export const link = (id: string, other: string) =>
  tell(ok(api.PUT('/api/v1/students/{id}/links/{other}', at(id, other))), () =>
    toast(st().duplicates.linked, { ms: 10000, action: { label: t().common.undo, run: () => void part(id, other) } }));
