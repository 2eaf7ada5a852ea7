// What the screens read: one shared state per key, refetched when the node says it changed.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ApiError } from './api';

export type Resource<T> = { data: T | null; error: ApiError | null; loading: boolean };
type Held = { state: Signal<Resource<unknown>>; load: () => Promise<unknown>; users: number; run: number };

const held = new Map<string, Held>();

async function fetchInto(one: Held) {
  const run = ++one.run;
  one.state.value = { ...one.state.peek(), loading: true };
  try {
    const data = await one.load();
    if (run === one.run) one.state.value = { data, error: null, loading: false };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (run === one.run) one.state.value = { data: one.state.peek().data, error, loading: false };
  }
}

export function useResource<T>(key: string, load: () => Promise<T>): Resource<T> {
  let one = held.get(key);
  if (!one) {
    one = { state: signal({ data: null, error: null, loading: true }), load, users: 0, run: 0 };
    held.set(key, one);
  }
  const mine = one;
  useEffect(() => {
    // A refresh between drawing and here drops what nobody uses yet; it is taken up again, or nobody would load it.
    if (!held.has(key)) held.set(key, mine);
    mine.load = load;
    mine.users++;
    if (mine.users === 1) void fetchInto(mine);
    return () => { mine.users--; };
  }, [key]);
  // A narrower search shows the former answer until its own has come.
  const former = useRef<T | null>(null);
  const state = mine.state.value as Resource<T>;
  if (state.data !== null) former.current = state.data;
  return state.data === null && state.loading ? { ...state, data: former.current } : state;
}

/** Refetches what is on screen; drops what is not. `starts` is a key or the beginning of keys. */
export function refresh(starts = '') {
  for (const [key, one] of held) {
    if (!key.startsWith(starts)) continue;
    if (one.users > 0) void fetchInto(one);
    else held.delete(key);
  }
}
