// What is being typed, kept on this device: a reload or a broken line loses nothing.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { del, get, set } from 'idb-keyval';

const SAVE_MS = 250;
export type DraftState = 'none' | 'saved' | 'restored';

export function useDraft<T extends object>(key: string, initial: T) {
  const value = useSignal<T>(initial);
  const state = useSignal<DraftState>('none');
  const timer = useRef(0);
  const latest = useRef<T | null>(null);

  const save = () => {
    if (latest.current) {
      set(key, latest.current).then(() => { state.value = 'saved'; }, () => {});
      latest.current = null;
    }
  };

  useEffect(() => {
    get<T>(key).then((kept) => {
      if (kept && !latest.current) {
        value.value = { ...initial, ...kept };
        state.value = 'restored';
      }
    }, () => {});
    return () => {
      clearTimeout(timer.current);
      save();
    };
  }, [key]);

  return {
    value,
    state,
    change(part: Partial<T>) {
      value.value = { ...value.value, ...part };
      latest.current = value.value;
      clearTimeout(timer.current);
      timer.current = window.setTimeout(save, SAVE_MS);
    },
    async discard() {
      clearTimeout(timer.current);
      latest.current = null;
      value.value = initial;
      state.value = 'none';
      await del(key).catch(() => {});
    },
  };
}
