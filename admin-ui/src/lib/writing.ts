// One entry being written by a form: how it gets to the node, and what becomes of it where it does not.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t, titled } from '../i18n';
import { ApiError, randomKey, type Entry, type Kind, type KindField } from './api';
import { filledFields, getEntry, isEmpty, type Subject, type Values } from './entries';
import { fill } from './format';
import type { Item } from './outbox';
import { owner } from './owner';
import { queue, submit } from './queue';

/** queued: an entry that waits on this device, to be mended. */
export type Written = { subject: Subject; replaces?: Entry; queued?: Item };

/** Errors by field, of what must be filled in and is not. */
export const missing = (fields: KindField[], values: Values) => Object.fromEntries(fields
  .filter((field) => field.required && isEmpty(values[field.code]))
  .map((field) => [`fields.${field.code}`, fill(t().common.required, { field: titled(field.title) })]));

/** The version that stands in the place of that one now. */
async function standing(subject: Subject, id: string): Promise<Entry> {
  let entry = await getEntry(subject, id);
  while (entry.replaced_by) entry = await getEntry(subject, entry.replaced_by);
  return entry;
}

export function useWriting({ subject, replaces, queued }: Written) {
  // One entry, one key, however often it is sent.
  const key = useRef(queued?.key ?? randomKey());
  const target = useSignal(queued?.replaces ?? replaces?.id);
  const other = useSignal<Entry | null>(null);
  useEffect(() => {
    if (!queued) return;
    queue.hold(queued.key);
    return () => {
      queue.release(queued.key);
      void queue.flush();
    };
  }, []);
  return {
    /** The version of somebody who was quicker: both are shown, and nothing that was typed is lost. */
    other,
    /** Theirs stands: what waited here is not sent any more. */
    async yield() {
      if (queued) await queue.remove(queued);
    },
    /** Mine is to stand in place of that one. */
    insist() {
      target.value = other.value?.id;
      other.value = null;
      key.current = randomKey();
    },
    /** What was written; null: it waits on this device; undefined: somebody was quicker. */
    async write(kind: Kind, period: number | undefined, fields: Values): Promise<Entry | null | undefined> {
      const item: Item = {
        key: key.current, owner: owner(), subject, kind: kind.code, period, fields: filledFields(kind, fields),
        replaces: target.value, made: queued?.made ?? new Date().toISOString(), tried: queued?.tried,
      };
      try {
        const written = await submit(item);
        // It was sent, or waits anew under a key of its own.
        if (queued && (written || key.current !== queued.key)) await queue.remove(queued);
        return written;
      } catch (error) {
        if (!(error instanceof ApiError) || error.problem?.field !== 'replaces' || error.problem.status !== 409 || !target.value) throw error;
        other.value = await standing(subject, target.value);
        return undefined;
      }
    },
  };
}
