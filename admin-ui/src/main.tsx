import { render } from 'preact';
import './styles/index.css';
import './lib/focus';
import './lib/install';
import './lib/theme';
import { App } from './app';
import { rememberedLang, setLang } from './i18n';
import { ApiError } from './lib/api';
import { errorText } from './lib/errors';
import { toast } from './lib/toast';

void setLang(rememberedLang()).finally(() => {
  const place = document.getElementById('app')!;
  place.replaceChildren();
  render(<App />, place);
});

// An act that has no place of its own for its failure says it in a note. Whoever is logged out sees that.
addEventListener('unhandledrejection', (event) => {
  if (!(event.reason instanceof ApiError) || event.reason.problem?.status === 401) return;
  event.preventDefault();
  toast(errorText(event.reason), { tone: 'error' });
});

// Only where the browser allows it: plain http has no service worker, and works without one.
if ('serviceWorker' in navigator && isSecureContext) void navigator.serviceWorker.register('/sw.js').catch(() => {});
