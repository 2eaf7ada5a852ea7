// Reading without a link. What a student or a parent has read stays on their own device for a week, and is shown,
// with its age, when the node does not answer. It is the personal data of a minor, so: for families alone, never on
// a computer that others use, under one owner, gone at log-out, at a refusal and when somebody else logs in.
import { signal } from '@preact/signals';
import { clear, createStore, delMany, entries, get, set, type UseStore } from 'idb-keyval';

export const KEEP_DAYS = 7;
const PATIENCE_MS = 10_000;
// Of a silent node it is asked whether it is there at all, and that too is waited for.
const ALIVE = '/healthz';
const ALIVE_MS = 20_000;
const OWNER = 'estafeta.kept';
const SESSION = '/api/v1/session';
const READ = /^\/api\/v1\/(school|catalogue|work|notifications|students|students\/[0-9a-f]+(\/(entries|card|route|consents|polls))?)$/;
// What a proxy says for a node that is not there.
const GONE = [502, 503, 504];

type Kept = { time: number; body: string };

/** Without encryption the page itself cannot be opened without a link, so nothing is kept for it. */
export const possible = isSecureContext && 'serviceWorker' in navigator;

/** Whether the node answered when it was last asked. */
export const linked = signal(true);
/** When that was read which is shown for want of a link. */
export const shownFrom = signal<number | null>(null);

let store: UseStore | undefined;
const kept = () => (store ??= createStore('estafeta-kept', 'answers'));
let owner = possible ? localStorage.getItem(OWNER) : null;

const keyOf = (url: URL) => `${owner} ${url.pathname}${url.search}`;
const old = (one: Kept) => Date.now() - one.time > KEEP_DAYS * 24 * 3600_000;
const parse = (request: Request) => new URL(request.url, location.href);

export async function forget() {
  owner = null;
  localStorage.removeItem(OWNER);
  if (possible) await clear(kept()).catch(() => {});
}

/** From now on what is read is kept for them; `session` is who they are, without its secrets. */
export async function keepFor(name: string, session: object) {
  if (!possible) return;
  // Not waited for: the store does one after another, so what is read meanwhile is kept after it.
  if (owner !== name) void clear(kept()).catch(() => {});
  owner = name;
  localStorage.setItem(OWNER, name);
  await set(keyOf(new URL(SESSION, location.href)), { time: Date.now(), body: JSON.stringify(session) } satisfies Kept, kept()).catch(() => {});
}

/** Whether what is read here stays on this device. */
export const keeps = () => owner !== null;

/** What is a week old is gone, whoever opens the page. */
export async function sweep() {
  if (!possible) return;
  const all = await entries<string, Kept>(kept()).catch(() => []);
  await delMany(all.filter(([, one]) => old(one)).map(([key]) => key), kept()).catch(() => {});
}

async function keep(request: Request, answer: Response) {
  const url = parse(request);
  if (owner === null || request.method !== 'GET' || answer.status !== 200 || !READ.test(url.pathname)) return;
  const key = keyOf(url);
  const body = await answer.clone().text();
  // Whoever has left meanwhile, in this window or in another, leaves nothing behind.
  if (owner !== null && owner === localStorage.getItem(OWNER) && key === keyOf(url)) await set(key, { time: Date.now(), body } satisfies Kept, kept()).catch(() => {});
}

async function recall(request: Request): Promise<Response | null> {
  if (owner === null || request.method !== 'GET') return null;
  const url = parse(request);
  const one = await get<Kept>(keyOf(url), kept()).catch(() => undefined);
  if (!one || old(one)) return null;
  if (url.pathname !== SESSION) shownFrom.value = Math.min(shownFrom.value ?? one.time, one.time);
  return new Response(one.body, { status: 200, headers: { 'Content-Type': 'application/json' } });
}

/** A write was sent, and no answer came: it may or may not have been done. */
export class NoAnswer extends Error {}

let heard = 0;
const after = (ms: number) => new Promise<null>((done) => setTimeout(() => done(null), ms));

/** What is slow takes its time where the node answers anything at all: a school is not imported in a moment. */
async function alive(): Promise<boolean> {
  const stop = new AbortController();
  const answer = await Promise.race([fetch(ALIVE, { signal: stop.signal }).catch(() => null), after(ALIVE_MS)]);
  stop.abort();
  if (!answer || GONE.includes(answer.status)) return false;
  heard = Date.now();
  return true;
}

/** The node's answer; given up where it says nothing to anybody for long, sooner where there is something to show instead. */
async function ask(request: Request): Promise<Response> {
  const stop = new AbortController();
  // Whoever asked may give up too.
  if (request.signal.aborted) stop.abort();
  request.signal.addEventListener('abort', () => stop.abort());
  const answer = fetch(request, { signal: stop.signal });
  for (;;) {
    const asked = Date.now();
    const first = await Promise.race([answer, after(PATIENCE_MS)]);
    if (first) return first;
    if (heard > asked || (!(await recall(request)) && (await Promise.race([answer.then(() => true), alive()])))) continue;
    answer.catch(() => {});
    stop.abort();
    throw request.method === 'GET' ? new TypeError('no answer') : new NoAnswer();
  }
}

/** fetch, with what was kept in place of an answer that does not come. */
export async function reach(request: Request): Promise<Response> {
  try {
    const answer = await ask(request);
    if (GONE.includes(answer.status) && !answer.headers.get('Content-Type')?.includes('json')) throw new TypeError('no node behind the proxy');
    heard = Date.now();
    shownFrom.value = null;
    linked.value = true;
    await keep(request, answer);
    return answer;
  } catch (error) {
    // Given up by whoever asked: that says nothing of the link.
    if (request.signal.aborted) throw error;
    linked.value = false;
    const known = await recall(request);
    if (known) return known;
    throw error;
  }
}
