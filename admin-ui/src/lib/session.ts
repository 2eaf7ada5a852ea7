import { signal } from '@preact/signals';
import { clear } from 'idb-keyval';
import { api, ApiError, csrfHeader, ok, setCsrf, whenLoggedOut, type Role, type Session, type SignIn, type Claim } from './api';

export type Login = { state: 'asking' } | { state: 'out' } | { state: 'in'; session: Session } | { state: 'unreachable' };
export const login = signal<Login>({ state: 'asking' });

/** Who is logged in; only screens inside ask. */
export const me = () => (login.value as { session: Session }).session;
export const is = (...roles: Role[]) => login.value.state === 'in' && roles.includes(me().role);

// Someone who was inside is taken to be so still, and the screen loads while the node is asked.
const KEY = 'estafeta.inside';
export const wasInside = localStorage.getItem(KEY) !== null;

whenLoggedOut(() => {
  localStorage.removeItem(KEY);
  login.value = { state: 'out' };
});

function enter(session: Session) {
  setCsrf(session.csrf);
  localStorage.setItem(KEY, '1');
  login.value = { state: 'in', session };
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
    enter(await ok(api.POST('/api/v1/session', { body: { link } })));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refused.value = error;
  }
}

async function resume() {
  try {
    enter(await ok(api.GET('/api/v1/session')));
  } catch (error) {
    login.value = { state: error instanceof ApiError && error.offline ? 'unreachable' : 'out' };
  }
}

/** When the application starts, and again where the node could not be reached. */
export const begin = () => (link ? exchange() : resume());

export const signIn = async (body: SignIn) => enter(await ok(api.POST('/api/v1/session', { body })));
export const claimAccount = async (body: Claim) => enter(await ok(api.POST('/api/v1/accounts/claims', { body })));
/** After what changes the session itself, such as a second factor. */
export const renew = resume;

// A fresh page: what was read in the other role leaves the memory too.
export async function switchRole(role: Role) {
  await ok(api.PUT('/api/v1/session/role', { params: { header: csrfHeader() }, body: { role } }));
  location.replace('/');
}

export async function leave() {
  await ok(api.DELETE('/api/v1/session', { params: { header: csrfHeader() } })).catch(() => {});
  // Drafts hold names; a shared computer must not keep them.
  await clear().catch(() => {});
  localStorage.removeItem(KEY);
  location.replace('/');
}
