import type { ComponentChildren } from 'preact';
import { t } from '../i18n';
import { begin } from '../lib/session';
import { Tools, Wordmark } from '../parts/Layout';
import { Page } from '../parts/Page';

export const Command = ({ text }: { text: string }) => <pre class="command"><code>{text}</code></pre>;

export function Outside({ children }: { children: ComponentChildren }) {
  return (
    <div class="outside">
      <header class="outside-head">
        <Wordmark />
        <div class="outside-tools"><Tools /></div>
      </header>
      <main id="main" tabIndex={-1}>{children}</main>
    </div>
  );
}

export function Login() {
  return (
    <Outside>
      <Page title={t().login.title} lead={t().login.text}>
        <Command text="estafeta admin-link" />
        <p class="lead">{t().login.then}</p>
      </Page>
    </Outside>
  );
}

export function Unreachable() {
  return (
    <Outside>
      <Page title={t().login.unreachable} lead={t().login.unreachableText}>
        <button type="button" class="button primary" onClick={() => void begin()}>{t().common.retry}</button>
      </Page>
    </Outside>
  );
}
