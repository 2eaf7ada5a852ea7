import { signal } from '@preact/signals';
import { clear } from 'idb-keyval';
import { api, ApiError, csrfHeader, ok, setCsrf, whenLoggedOut, type Session } from './api';

export type Login = { state: 'asking' } | { state: 'out' } | { state: 'in'; session: Session } | { state: 'unreachable' };
export const login = signal<Login>({ state: 'asking' });

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

// The one-time link carries its secret after `#`, so that no server log ever holds it. It is taken once, before
// anything is drawn: an answer to "who am I" must not overtake the one that logs in.
const link = location.pathname === '/start' ? location.hash.slice(1) : '';
if (link) history.replaceState(null, '', '/start');
addEventListener('hashchange', () => {
  if (location.pathname === '/start' && location.hash) location.reload();
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

export async function leave() {
  await ok(api.DELETE('/api/v1/session', { params: { header: csrfHeader() } })).catch(() => {});
  // Drafts hold names; a shared computer must not keep them.
  await clear().catch(() => {});
  localStorage.removeItem(KEY);
  // A fresh page: what was read leaves the memory too.
  location.replace('/');
}
