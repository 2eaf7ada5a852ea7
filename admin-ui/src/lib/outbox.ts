// What was written without a link and waits to be sent. One line of items per owner; each is sent under the same key
// every time, so that the node never writes it twice. Storage and sending are given, so that this runs anywhere.
import { signal } from '@preact/signals';
import type { Problem } from './api';
import type { Subject } from './entries';

/** Where the items stand in the device's store. */
export const PREFIX = 'outbox:';

export type Refusal = Pick<Problem, 'code' | 'detail' | 'field' | 'title'>;
export type Item = {
  /** The Idempotency-Key of every attempt. */
  key: string;
  owner: string;
  subject: Subject;
  kind: string;
  period?: number;
  /** As the form has them: a file that is not sent yet is here as itself. */
  fields: Record<string, unknown>;
  replaces?: string;
  made: string;
  /** An attempt was made whose answer never came. */
  tried?: boolean;
  /** Why the node did not take it; it stays until it is mended or removed. */
  refused?: Refusal;
};
export type Store = { list(owner: string): Promise<Item[]>; put(item: Item): Promise<void>; drop(item: Item): Promise<void> };
/** Sends one item; `keep` remembers how far it came. Fails with {problem}: null where there is no link. */
export type Send = (item: Item, keep: (item: Item) => Promise<void>) => Promise<unknown>;
type Failure = { problem: (Refusal & { status: number }) | null };

const isFailure = (error: unknown): error is Failure => typeof error === 'object' && error !== null && 'problem' in error;

// Refusals that say nothing about the entry itself: another time it may be taken.
const LATER = [401, 408, 425, 429];
const laterTaken = ({ problem }: Failure) => !problem || problem.status >= 500 || LATER.includes(problem.status) || problem.code === 'csrf';

const byAge = (a: Item, b: Item) => a.made.localeCompare(b.made);

export function createOutbox(store: Store, send: Send, onSent: (item: Item) => void = () => {}) {
  const items = signal<Item[]>([]);
  const held = new Set<string>();
  const gone = new Set<string>();
  let owner = '';
  let running: Promise<void> | null = null;

  const show = (item: Item) => { items.value = [...items.value.filter((one) => one.key !== item.key), item].sort(byAge); };
  const hide = (key: string) => { items.value = items.value.filter((one) => one.key !== key); };

  async function keep(item: Item) {
    if (item.owner !== owner || gone.has(item.key)) return;
    show(item);
    await store.put(item);
  }

  async function drop(item: Item) {
    // Never again in this window, even where the device does not let go of it.
    gone.add(item.key);
    hide(item.key);
    await store.drop(item).catch(() => {});
  }

  /** Whether to go on with the next one. */
  async function one(item: Item): Promise<boolean> {
    const mine = owner;
    let latest = item;
    try {
      await send(item, async (further) => { latest = further; await keep(further).catch(() => {}); });
    } catch (error) {
      if (!isFailure(error)) throw error;
      if (mine !== owner) return false;
      if (laterTaken(error)) {
        if (!error.problem && !latest.tried) await keep({ ...latest, tried: true }).catch(() => {});
        return false;
      }
      const { code, detail, field, title } = error.problem!;
      await keep({ ...latest, refused: { code, detail, field, title } }).catch(() => {});
      return true;
    }
    await drop(item);
    if (mine === owner) onSent(item);
    return true;
  }

  async function run() {
    const done = new Set<string>();
    for (;;) {
      const next = items.value.find((item) => !item.refused && !held.has(item.key) && !done.has(item.key));
      if (!next) return;
      done.add(next.key);
      if (!(await one(next))) return;
    }
  }

  return {
    items,
    /** Shows what waits of this person, and nothing of anybody else. */
    async open(name: string) {
      if (name !== owner) items.value = [];
      owner = name;
      const found = await store.list(name).catch(() => []);
      if (owner === name) items.value = found.filter((one) => one.owner === name && !gone.has(one.key)).sort(byAge);
    },
    /** Fails where the device keeps nothing: then the form must stay open. */
    async add(item: Item) {
      await store.put(item);
      if (item.owner === owner) show(item);
    },
    remove: drop,
    /** While it is being mended it is not sent. */
    hold: (key: string) => { held.add(key); },
    release: (key: string) => { held.delete(key); },
    /** Sends all that waits, the oldest first, one run at a time. */
    flush(): Promise<void> {
      running ??= run().finally(() => { running = null; });
      return running;
    },
  };
}
