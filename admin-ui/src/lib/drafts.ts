// What is being typed, kept on this device: a reload, a broken line or a log-in that ran out loses nothing.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { del, get, keys, set } from 'idb-keyval';
import { owner } from './owner';

const SAVE_MS = 250;
export type DraftState = 'none' | 'saved' | 'restored';
export type Storage = { get(key: string): Promise<unknown>; set(key: string, value: unknown): Promise<void>; del(key: string): Promise<void> };

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
    await storage.set(key, value).then(() => onState('saved'), () => {});
  };
  return {
    flush,
    /** What was kept; null where there is nothing, or where something newer has been typed meanwhile. */
    async load(): Promise<T | null> {
      const kept = await storage.get(key).catch(() => undefined) as T | undefined;
      if (kept === undefined || latest !== null) return null;
      onState('restored');
      return kept;
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

export function useDraft<T extends object>(name: string, initial: T) {
  const value = useSignal<T>(initial);
  const state = useSignal<DraftState>('none');
  const keeper = useRef<ReturnType<typeof draftKeeper<T>>>();

  useEffect(() => {
    const mine = draftKeeper<T>({ get, set, del }, `${owner()} ${name}`, (to) => { state.value = to; });
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
