// The outbox of this window: kept in IndexedDB, sent through the API.
import { effect } from '@preact/signals';
import { del, entries, set } from 'idb-keyval';
import { t } from '../i18n';
import { ApiError, randomKey, type Entry, type EvidenceFile } from './api';
import { isFiles, keyOf, listEntries, sendable, upload, writeEntry } from './entries';
import { linked } from './offline';
import { createOutbox, PREFIX, type Item, type Store } from './outbox';
import { owner, ownerOf } from './owner';
import { refresh } from './resource';
import { login, me } from './session';
import { toast } from './toast';

const place = (item: Item) => PREFIX + item.key;
const store: Store = {
  list: async (name) => (await entries<string, Item>()).filter(([key, item]) => String(key).startsWith(PREFIX) && item.owner === name).map(([, item]) => item),
  put: (item) => set(place(item), item),
  drop: (item) => del(place(item)),
};

/** A file that was chosen without a link: it goes before the entry that names it. */
export type LocalFile = Pick<EvidenceFile, 'id' | 'name'> & { blob: File };
const isLocal = (value: unknown): value is LocalFile => typeof value === 'object' && value !== null && 'blob' in value;
export const localFile = (file: File): LocalFile => ({ id: randomKey(), name: file.name, blob: file });

// Whatever order the keys of an object come back in.
const canonical = (value: unknown): unknown => (Array.isArray(value) ? value.map(canonical)
  : value && typeof value === 'object' ? Object.entries(value).sort(([a], [b]) => a.localeCompare(b)).map(([key, one]) => [key, canonical(one)]) : value);
const text = (value: unknown) => JSON.stringify(canonical(value));

// The clocks of the two may differ.
const DAY_MS = 24 * 3600_000;
const same = (entry: Entry, item: Item) => entry.by.id === me().person &&
  Date.parse(entry.time) > Date.parse(item.made) - DAY_MS && text(sendable(entry.fields)) === text(sendable(item.fields));

/** The answer of an earlier attempt was lost, and a key is remembered for a day and a log-in only: the entry, if it is there. */
async function arrived(item: Item) {
  const { items } = await listEntries(item.subject, { kind: item.kind, limit: 200 });
  return items.find((entry) => same(entry, item));
}

/** Files first, each once; then the entry. */
async function deliver(item: Item, keep: (item: Item) => Promise<void> = async () => {}): Promise<Entry> {
  let now = item;
  for (const [code, value] of Object.entries(item.fields)) {
    if (!isFiles(value)) continue;
    for (const file of value.filter(isLocal)) {
      const sent = await upload(item.subject, file.blob, () => {});
      const files = (now.fields[code] as typeof value).map((one) => (one.id === file.id ? sent : one));
      now = { ...now, fields: { ...now.fields, [code]: files } };
      await keep(now);
    }
  }
  const there = now.tried ? await arrived(now) : undefined;
  return there ?? writeEntry(now.subject, { kind: now.kind, period: now.period, fields: sendable(now.fields), replaces: now.replaces }, now.key);
}

export const queue = createOutbox(store, deliver, (item) => {
  toast(t().outbox.sent);
  for (const key of [keyOf(item.subject), 'students', 'work']) refresh(key);
});

/** Sends it now: the entry that was written. Without a link it waits on this device: null. */
export async function submit(item: Item): Promise<Entry | null> {
  let latest = item;
  try {
    return await deliver(item, async (further) => { latest = further; });
  } catch (error) {
    if (!(error instanceof ApiError) || !error.offline) throw error;
    await queue.add({ ...latest, refused: undefined, tried: latest.tried || error.more.unsure || navigator.onLine });
    return null;
  }
}

/** One window at a time, where the browser can tell: what another one has sent is gone from the line before this one looks. */
const alone = (work: () => Promise<void>) => ('locks' in navigator ? navigator.locks.request('estafeta.outbox', work) : work());

// Once it is known who is here and that the node answers: at the start, and each time the link is back.
effect(() => {
  const session = login.value.state === 'in' ? login.value.session : null;
  const can = session?.csrf && linked.value;
  if (!session) return;
  const name = ownerOf(session);
  void queue.open(name).then(() => {
    if (can && owner() === name) void alone(() => queue.open(name).then(() => queue.flush()));
  });
});
