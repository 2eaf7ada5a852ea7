// What is being typed, kept on this device: a reload, a broken line or a log-in that ran out loses nothing.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { del, delMany, entries, get, keys, set } from 'idb-keyval';
import { PREFIX } from './outbox';
import { ofFamily, owner, samePerson } from './owner';

const SAVE_MS = 250;
export const DRAFT_DAYS = 30;
const DAY_MS = 24 * 3600_000;
type Draft<T> = { time: number; value: T };
export type DraftState = 'none' | 'saved' | { restoredFrom: number };
export type Storage = {
  get(key: string): Promise<unknown>; set(key: string, value: unknown): Promise<void>; del(key: string): Promise<void>;
  entries(): Promise<[string, unknown][]>; delMany(keys: string[]): Promise<void>;
};
const device: Storage = { get, set, del, entries, delMany };

/**
 * Keeps one draft: what was typed last is saved a moment later, or at once by flush(). A device that keeps nothing is
 * no reason to stop typing, so no failure leaves.
 */
export function draftKeeper<T>(storage: Storage, key: string, onState: (state: DraftState) => void, delay = SAVE_MS) {
  let latest: T | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = async () => {
    clearTimeout(timer);
    const value = latest;
    if (value === null) return;
    latest = null;
    await storage.set(key, { time: Date.now(), value } satisfies Draft<T>).then(() => onState('saved'), () => {});
  };
  return {
    flush,
    /** What was kept; null where there is nothing, or where something newer has been typed meanwhile. */
    async load(): Promise<T | null> {
      const kept = await storage.get(key).catch(() => undefined) as Draft<T> | undefined;
      if (kept === undefined || latest !== null) return null;
      onState({ restoredFrom: kept.time });
      return kept.value;
    },
    change(value: T) {
      latest = value;
      clearTimeout(timer);
      timer = setTimeout(() => void flush(), delay);
    },
    async discard() {
      clearTimeout(timer);
      latest = null;
      onState('none');
      await storage.del(key).catch(() => {});
    },
  };
}

/** How many drafts of who is here this device keeps. */
export const draftCount = async () => (await keys<string>().catch((): string[] => [])).filter((key) => String(key).startsWith(`${owner()} `)).length;

/** What waits in the outbox is work that was done, and no draft: it goes neither by age nor with its owner. */
async function drop(storage: Storage, goes: (key: string, draft: Draft<unknown>) => boolean) {
  const all = await storage.entries().catch(() => []);
  await storage.delMany(all.filter(([key, draft]) => !key.startsWith(PREFIX) && goes(key, draft as Draft<unknown>)).map(([key]) => key)).catch(() => {});
}

/** Drafts hold names: none outlives its month, whoever opens the page. */
export const dropOldDrafts = (storage = device) => drop(storage, (_, { time }) => !(Date.now() - time < DRAFT_DAYS * DAY_MS));

/** Somebody has logged in: of others only a family's drafts stay, and those only on a device of its own. */
export const dropDraftsOfOthers = (now: string, shared: boolean, storage = device) =>
  drop(storage, (key) => {
    const of = key.slice(0, key.indexOf(' draft:'));
    return !samePerson(of, now) && (shared || !ofFamily(of));
  });

export function useDraft<T extends object>(name: string, initial: T) {
  const value = useSignal<T>(initial);
  const state = useSignal<DraftState>('none');
  const keeper = useRef<ReturnType<typeof draftKeeper<T>>>();

  useEffect(() => {
    const mine = draftKeeper<T>(device, `${owner()} ${name}`, (to) => { state.value = to; });
    keeper.current = mine;
    void mine.load().then((kept) => { if (kept) value.value = { ...initial, ...kept }; });
    return () => void mine.flush();
  }, [name]);

  return {
    value,
    state,
    change(part: Partial<T>) {
      value.value = { ...value.value, ...part };
      keeper.current?.change(value.value);
    },
    async discard() {
      value.value = initial;
      await keeper.current?.discard();
    },
  };
}
