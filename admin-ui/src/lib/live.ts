// One event stream per browser: an HTTP/1.1 browser opens six connections to a host, and six
// tabs with a stream each would leave none for requests. A lease in localStorage picks the tab
// that holds the stream; the others hear it over a BroadcastChannel. A hidden tab lets go.
import { signal } from '@preact/signals';
import type { Change } from './api';
import { linked } from './offline';
import { refresh } from './resource';

type Live = 'on' | 'polling' | 'paused';
export const live = signal<Live>('polling');

const LEASE = 'estafeta.live';
const LEASE_MS = 5000;
const POLL_MS = 20000;
const RETRY_MIN_MS = 2000;
const RETRY_MAX_MS = 60000;
const tab = Math.random().toString(36).slice(2);
let stream: EventSource | null = null;
let channel: BroadcastChannel | null = null;
let timers: number[] = [];
let retryMs = RETRY_MIN_MS;
let retryAt = 0;

function apply(change: Change) {
  if (change.school) for (const key of ['school', 'class', 'staff', 'changes']) refresh(key);
  if (change.transfers) refresh('transfers');
  if (change.network) refresh('network');
  if (change.students.length) {
    for (const list of ['work', 'news', 'review', 'students', 'erasures', 'class/']) refresh(list);
    for (const id of change.students) refresh(`student/${id}`);
  }
}

type Lease = { tab: string; until: number; live: Live };
function lease(): Lease | null {
  try {
    return JSON.parse(localStorage.getItem(LEASE) ?? 'null');
  } catch {
    return null;
  }
}

function closeStream() {
  stream?.close();
  stream = null;
  if (lease()?.tab === tab) localStorage.removeItem(LEASE);
}

function openStream() {
  stream = new EventSource('/api/v1/events');
  stream.onopen = () => {
    live.value = 'on';
    retryMs = RETRY_MIN_MS;
    if (!linked.value) refresh();
  };
  // A refusal closes the stream for good; a broken line the browser mends by itself.
  stream.onerror = () => {
    live.value = 'polling';
    retryAt = Date.now() + retryMs;
    retryMs = Math.min(2 * retryMs, RETRY_MAX_MS);
  };
  stream.addEventListener('change', (event) => {
    const change = JSON.parse((event as MessageEvent<string>).data) as Change;
    apply(change);
    channel?.postMessage(change);
  });
}

function beat() {
  if (document.hidden) return;
  const held = lease();
  const now = Date.now();
  if (held && held.tab !== tab && held.until > now) {
    stream?.close();
    stream = null;
    live.value = held.live;
    return;
  }
  const mine: Lease = { tab, until: now + LEASE_MS, live: live.value };
  localStorage.setItem(LEASE, JSON.stringify(mine));
  if (!stream || (stream.readyState === EventSource.CLOSED && now >= retryAt)) openStream();
}

function wake() {
  if (live.value === 'paused') return;
  if (document.hidden) return closeStream();
  refresh();
  beat();
}

function start() {
  live.value = 'polling';
  channel = 'BroadcastChannel' in window ? new BroadcastChannel('estafeta') : null;
  if (channel) channel.onmessage = (event: MessageEvent<Change>) => { if (!document.hidden) apply(event.data); };
  timers = [
    window.setInterval(beat, LEASE_MS / 2),
    window.setInterval(() => { if (live.value === 'polling' && !document.hidden) refresh(); }, POLL_MS),
  ];
  document.addEventListener('visibilitychange', wake);
  addEventListener('pagehide', closeStream);
  beat();
}

function stop() {
  closeStream();
  channel?.close();
  timers.forEach(clearInterval);
  timers = [];
  document.removeEventListener('visibilitychange', wake);
  removeEventListener('pagehide', closeStream);
}

export function follow() {
  start();
  return stop;
}

export function togglePause() {
  if (live.value === 'paused') {
    start();
    refresh();
  } else {
    stop();
    live.value = 'paused';
  }
}
