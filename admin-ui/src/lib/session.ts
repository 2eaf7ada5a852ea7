import { effect, signal } from '@preact/signals';
import { delMany, entries } from 'idb-keyval';
import { dropDraftsOfOthers, dropOldDrafts } from './drafts';
import { forget, keepFor, linked, sweep } from './offline';
import { ofFamily, owner, ownerOf, setOwner } from './owner';
import { PREFIX } from './outbox';
import { flush } from './pending';
import { refresh } from './resource';
import { forgetSchools } from './schools';
import { api, ApiError, csrfHeader, ok, setCsrf, whenLoggedOut, type Role, type Session, type SignIn, type Claim } from './api';

export type Login = { state: 'asking' } | { state: 'out' } | { state: 'in'; session: Session } | { state: 'unreachable' };
export const login = signal<Login>({ state: 'asking' });

// Screens are drawn while the node is still asked who is here, and once more as somebody leaves.
const NOBODY: Session = { role: 'observer', roles: [], name: '', person: null, csrf: '', expires: '', totp: { on: false, required: false }, account: null, server_time: '' };

/** Who is logged in. */
export const me = (): Session => (login.value.state === 'in' ? login.value.session : NOBODY);
export const is = (...roles: Role[]) => login.value.state === 'in' && roles.includes(me().role);

// Someone who was inside is taken to be so still, and the screen loads while the node is asked.
const KEY = 'estafeta.inside';
export const wasInside = localStorage.getItem(KEY) !== null;

// Set by a log-in that did not tick «чужой компьютер»: only there is anything kept to be read without a link.
const OWN = 'estafeta.own';
const ownDevice = () => localStorage.getItem(OWN) !== null;
// Set where the node could not be told of a log-out: it is told as soon as it answers.
const LEAVING = 'estafeta.leaving';

function outside() {
  localStorage.removeItem(KEY);
  localStorage.removeItem(OWN);
  void forget();
  login.value = { state: 'out' };
}
whenLoggedOut(outside);

function enter(session: Session) {
  const again = login.value.state === 'out';
  setCsrf(session.csrf);
  setOwner(ownerOf(session));
  localStorage.setItem(KEY, '1');
  if (!ownDevice() || !ofFamily(ownerOf(session))) void forget();
  else if (session.csrf) void keepFor(ownerOf(session), { ...session, csrf: '' });
  // What the last one read in this window is not flashed before the next one.
  if (again) refresh();
  login.value = { state: 'in', session };
}

/** Somebody has just logged in here. */
function claimDevice(session: Session, shared: boolean) {
  if (shared) localStorage.removeItem(OWN);
  else localStorage.setItem(OWN, '1');
  void dropDraftsOfOthers(ownerOf(session), shared);
}

// A link or a code on paper carries its secret after `#`, so that no server log ever holds it. It is taken once, before
// anything is drawn: an answer to "who am I" must not overtake the one that logs in.
const secretOf = (path: string) => (location.pathname === path ? decodeURIComponent(location.hash.slice(1)) : '');
const link = secretOf('/start');
/** The code that came with the address, to be typed no more. */
export const paperCode = secretOf('/claim');
if (link || paperCode) history.replaceState(null, '', location.pathname);
addEventListener('hashchange', () => {
  if (['/start', '/claim'].includes(location.pathname) && location.hash) location.reload();
});

/** Why the link did not let in. */
export const refused = signal<ApiError | null>(null);

async function exchange() {
  refused.value = null;
  try {
    const session = await ok(api.POST('/api/v1/session', { body: { link } }));
    claimDevice(session, true);
    enter(session);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refused.value = error;
  }
}

const drop = () => ok(api.DELETE('/api/v1/session', { params: { header: csrfHeader() } }));

async function resume() {
  try {
    const session = await ok(api.GET('/api/v1/session'));
    if (localStorage.getItem(LEAVING) === null) return enter(session);
    setCsrf(session.csrf);
    await drop();
    localStorage.removeItem(LEAVING);
    outside();
  } catch (error) {
    if (error instanceof ApiError && error.problem?.status === 401) localStorage.removeItem(LEAVING);
    const offline = error instanceof ApiError && error.offline;
    // A form that is being written stays on screen while the link is gone.
    if (!offline || login.value.state !== 'in') login.value = { state: offline ? 'unreachable' : 'out' };
  }
}

/** When the application starts, and again where the node could not be reached. */
export const begin = () => {
  void sweep();
  void dropOldDrafts();
  return link ? exchange() : resume();
};

async function admit(asked: Promise<Session>, shared = false) {
  const session = await asked;
  localStorage.removeItem(LEAVING);
  claimDevice(session, shared);
  enter(session);
}
export const signIn = (body: SignIn) => admit(ok(api.POST('/api/v1/session', { body })), 'shared' in body ? body.shared : false);
export const claimAccount = (body: Claim) => admit(ok(api.POST('/api/v1/accounts/claims', { body })), body.shared);

// The node answers again: it says who is here before anything is sent, and what is on screen is read anew.
let cut = false;
effect(() => {
  if (!linked.value) cut = true;
  else if (cut) {
    cut = false;
    if (login.peek().state === 'in') void resume().then(() => refresh());
  }
});
addEventListener('online', () => { if (!linked.peek()) void resume(); });

/** After what changes the session itself, such as a second factor. */
export const renew = resume;

// A fresh page: what was read in the other role leaves the memory too.
export async function switchRole(role: Role) {
  await flush();
  await ok(api.PUT('/api/v1/session/role', { params: { header: csrfHeader() }, body: { role } }));
  location.replace('/');
}

/**
 * Drafts hold names, and what waits to be sent too; the device keeps nothing of who has left it. On a family's own
 * device a brother's entry goes on waiting: he has not left, his log-in has only run out.
 */
async function wipe() {
  const kept = ([key, item]: [string, { owner?: string }]) => ownDevice() && String(key).startsWith(PREFIX) && item.owner !== owner();
  await delMany((await entries<string, { owner?: string }>()).filter((one) => !kept(one)).map(([key]) => key));
}

export async function leave() {
  await flush();
  await drop().catch((error) => { if (error instanceof ApiError && error.offline) localStorage.setItem(LEAVING, '1'); });
  await wipe().catch(() => {});
  await forget();
  if (!ownDevice()) forgetSchools();
  localStorage.removeItem(KEY);
  localStorage.removeItem(OWN);
  location.replace('/');
}
