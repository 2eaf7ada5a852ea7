// The last step can be taken back for a while; the offer stands in the note that says it was done.
import { t } from '../i18n';
import { api, ApiError, csrfHeader, ok } from './api';
import { errorText } from './errors';
import { refresh } from './resource';
import { toast } from './toast';

const OFFER_MS = 12000;

async function takeBack(entry: string) {
  try {
    // What was done since then is not what the note spoke of.
    const last = await ok(api.GET('/api/v1/undo'));
    if (last.entry !== entry) return toast(t().undo.notLast, { tone: 'error' });
    await ok(api.POST('/api/v1/undo', { params: { header: csrfHeader() } }));
    toast(t().undo.done);
    refresh();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(errorText(error), { tone: 'error' });
  }
}

/** Says what was done, with a way back. */
export const done = (text: string, entry: string) =>
  toast(text, { ms: OFFER_MS, action: { label: t().common.undo, run: () => void takeBack(entry) } });
