// A confirmation is a signed record and cannot be taken back, so it waits ten seconds in the
// open, with a way to undo it, and is then sent; leaving the page sends it at once.
import { signal } from '@preact/signals';
import { t } from '../i18n';
import { ApiError, type Entry } from './api';
import { judgeEntry, keyOf, type Subject } from './entries';
import { errorText } from './errors';
import { refresh } from './resource';
import { closeToast, toast } from './toast';

const UNDO_MS = 10000;
type Waiting = { subject: Subject; entry: Entry; timer: number; toast: number; sent?: Promise<unknown> };

export const waiting = signal<ReadonlyMap<string, Waiting>>(new Map());

function drop(id: string) {
  const next = new Map(waiting.value);
  const one = next.get(id);
  if (one) {
    clearTimeout(one.timer);
    closeToast(one.toast);
    next.delete(id);
    waiting.value = next;
  }
  return one;
}

async function send(one: Waiting) {
  try {
    await judgeEntry(one.subject, one.entry, { verdict: 'confirm' }, true);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const changed = error.problem?.status === 412;
    toast(changed ? t().entry.changedMeanwhile : errorText(error), {
      tone: 'error',
      action: changed ? undefined : { label: t().common.retry, run: () => confirmLater(one.subject, one.entry) },
    });
  }
  refresh(keyOf(one.subject));
  refresh('work');
  refresh('review');
}

/** The entry shows as being confirmed from now on. */
export function confirmLater(subject: Subject, entry: Entry) {
  if (waiting.value.has(entry.id)) return;
  const note = toast(t().entry.confirming, {
    ms: UNDO_MS,
    action: { label: t().common.undo, run: () => undoConfirm(entry.id) },
  });
  const timer = window.setTimeout(() => confirmNow(entry.id), UNDO_MS);
  waiting.value = new Map(waiting.value).set(entry.id, { subject, entry, timer, toast: note });
}

/** Many at once: one note for all of them, and one way back. */
export function confirmAllLater(some: Pick<Waiting, 'subject' | 'entry'>[], text: string) {
  const fresh = some.filter(({ entry }) => !waiting.value.has(entry.id));
  const takeBack = () => {
    if (fresh.filter(({ entry }) => !waiting.value.get(entry.id)?.sent && drop(entry.id)).length) toast(t().entry.confirmUndone);
  };
  const note = toast(text, { ms: UNDO_MS, action: { label: t().common.undo, run: takeBack } });
  const held = fresh.map(({ subject, entry }) => [entry.id, { subject, entry, timer: window.setTimeout(() => void confirmNow(entry.id), UNDO_MS), toast: note }] as const);
  waiting.value = new Map([...waiting.value, ...held]);
}

export function undoConfirm(id: string) {
  if (waiting.value.get(id)?.sent) return;
  if (drop(id)) toast(t().entry.confirmUndone);
}

export function confirmNow(id: string): Promise<unknown> | undefined {
  const one = waiting.value.get(id);
  if (!one || one.sent) return one?.sent;
  clearTimeout(one.timer);
  closeToast(one.toast);
  // The mark stays until the answer is shown, so that the entry does not flicker back.
  one.sent = send(one).finally(() => drop(id));
  return one.sent;
}

/** Sends all that waits, and is done when the node has answered: a log-in must not end before. */
export const flush = () => Promise.all([...waiting.value.keys()].map(confirmNow));
addEventListener('pagehide', () => void flush());
