import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Session } from './lib/api';
import { lazy } from './parts/lazy';
import { follow } from './lib/live';
import { shownFrom } from './lib/offline';
import { flush } from './lib/pending';
import { route } from './lib/router';
import { begin, login, wasInside } from './lib/session';
import { takeUnfinished } from './lib/unfinished';
import { EntryForm, type Opening } from './parts/EntryForm';
import { Layout, Wordmark } from './parts/Layout';
import { Skeleton } from './parts/States';
import { Toasts } from './parts/Toasts';
import { Screen } from './screen';
import { Entering } from './screens/Entering';
import { Login, Outside, Unreachable } from './screens/Login';

const Claim = lazy(() => import('./screens/Claim').then((m) => m.Claim));
const Factor = lazy(() => import('./screens/Factor').then((m) => m.Factor));
const Public = lazy(() => import('./screens/Public').then((m) => m.Public));

function Inside() {
  // A second factor that is compulsory comes before everything.
  const { session } = login.value as { session?: Session };
  if (session?.totp.required && !session.totp.on) return <Outside><Factor /></Outside>;
  return <Work />;
}

function Work() {
  useEffect(follow, []);
  // A confirmation still open to undo is sent when its screen is left.
  const path = route.value.path;
  useEffect(() => () => void flush(), [path]);
  // Another screen, another age of what it shows.
  useEffect(() => { shownFrom.value = null; }, [path]);
  const form = useSignal(takeUnfinished<Opening>());
  return (
    <Layout>
      <Screen />
      {form.value && <EntryForm {...form.value} onClose={() => { form.value = null; }} />}
    </Layout>
  );
}

/** What index.html shows before the script has come. */
function Waiting() {
  return (
    <div class="frame">
      <header class="masthead"><span class="brand"><Wordmark /></span></header>
      <main><Skeleton /></main>
    </div>
  );
}

export function App() {
  const { path } = route.value;
  const open = /^\/p\/([0-9a-f]{32})$/.exec(path);
  const state = login.value.state;
  useEffect(() => { if (!open) void begin(); }, []);
  if (open) return <Public token={open[1]!} />;
  return (
    <>
      {path === '/start' && state !== 'in' ? <Entering />
        : path === '/claim' && state !== 'in' ? <Claim />
        : state === 'in' || (state === 'asking' && wasInside) ? <Inside />
        : state === 'out' ? <Login />
        : state === 'unreachable' ? <Unreachable />
        : <Waiting />}
      <Toasts />
    </>
  );
}
