import { render } from 'preact';
import './styles/index.css';
import './lib/install';
import './lib/theme';
import { App } from './app';
import { rememberedLang, setLang } from './i18n';

void setLang(rememberedLang()).finally(() => {
  const place = document.getElementById('app')!;
  place.replaceChildren();
  render(<App />, place);
});

// Only where the browser allows it: plain http has no service worker, and works without one.
if ('serviceWorker' in navigator && isSecureContext) void navigator.serviceWorker.register('/sw.js').catch(() => {});
