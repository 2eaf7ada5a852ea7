import type { ComponentChildren } from 'preact';
import { lang, setLang, t } from '../i18n';
import { live, togglePause } from '../lib/live';
import { isHere, sections, THUMB, type Item } from '../lib/nav';
import { login, switchRole } from '../lib/session';
import { fill } from '../lib/format';
import { nextTheme, theme } from '../lib/theme';
import { useSchool } from '../lib/data';
import { Icon, type IconName } from './Icon';
import { LeaveButton } from './LeaveButton';
import { Link } from './Link';
import { LinkNote } from './LinkNote';

export function Wordmark() {
  return (
    <span class="wordmark">
      <svg width="26" height="26" viewBox="0 0 64 64" aria-hidden="true" focusable="false">
        <path d="M14 50 29 35" class="baton-a" />
        <path d="M38 26 50 14" class="baton-b" />
      </svg>
      <span>{t().app}</span>
    </span>
  );
}

export function Tools() {
  const icon: IconName = theme.value === 'auto' ? 'auto' : theme.value === 'light' ? 'sun' : 'moon';
  return (
    <>
      <button type="button" class="tool" onClick={nextTheme}>
        <Icon name={icon} />
        <span>{t().shell.theme}: {t().shell.themes[theme.value]}</span>
      </button>
      <button
        type="button"
        class="tool"
        lang={lang.value === 'ru' ? 'en' : 'ru'}
        onClick={() => void setLang(lang.value === 'ru' ? 'en' : 'ru')}
      >
        <span class="tool-letter" aria-hidden="true">{lang.value === 'ru' ? 'En' : 'Ру'}</span>
        <span>{t().shell.languageLabel}</span>
      </button>
    </>
  );
}

function LiveTool() {
  const paused = live.value === 'paused';
  return (
    <div class="live">
      <button type="button" class="tool" onClick={togglePause}>
        <Icon name={paused ? 'play' : 'pause'} />
        <span>{paused ? t().shell.resume : t().shell.pause}</span>
      </button>
      <p class={`live-state ${live.value}`}>{t().shell.live[live.value]}</p>
    </div>
  );
}

/** Who is here, in which role, and the way to another one. */
function WhoTool() {
  if (login.value.state !== 'in') return null;
  const { session } = login.value;
  return (
    <div class="who">
      <Link href="/account" class="tool" current={isHere('/account')}>
        <Icon name="person" />
        <span class="who-name">{session.name}<span>{t().roles[session.role]}</span></span>
      </Link>
      {session.roles.filter((one) => one !== session.role).map((role) => (
        <button key={role} type="button" class="tool" onClick={() => void switchRole(role)}>
          <Icon name="swap" />
          <span>{fill(t().shell.asRole, { role: t().roles[role] })}</span>
        </button>
      ))}
    </div>
  );
}

function Sections({ items }: { items: Item[] }) {
  return (
    <>
      {items.map(({ key, href, icon }) => (
        <Link key={key} href={href} current={isHere(href)}>
          <Icon name={icon} />
          <span>{t().nav[key]}</span>
        </Link>
      ))}
    </>
  );
}

function AllTools() {
  return (
    <>
      <WhoTool />
      <LiveTool />
      <Tools />
      <LeaveButton />
    </>
  );
}

/** With more sections than these, the tools below them stand still: they would lie over the sections in a low window. */
const SHORT = 9;

export function Layout({ children }: { children: ComponentChildren }) {
  const school = useSchool();
  const items = login.value.state === 'in' ? sections(login.value.session.role) : [];
  const rest = items.slice(THUMB);
  return (
    <div class={items.length > SHORT ? 'frame long' : 'frame'}>
      <a class="skip" href="#main">{t().skip}</a>
      <header class="masthead">
        <Link href="/" class="brand">
          <Wordmark />
        </Link>
        <p class="school-name">{school.data?.name ?? '\u00a0'}</p>
        {login.value.state === 'in' && login.value.session.role !== 'observer' && (
          <Link href="/search" class="find" current={isHere('/search')}><Icon name="search" /><span>{t().shell.find}</span></Link>
        )}
        <details class="more">
          <summary>{t().shell.menu}</summary>
          <div class="more-body">
            {rest.length > 0 && <div class="more-nav"><Sections items={rest} /></div>}
            <AllTools />
          </div>
        </details>
      </header>
      <nav class="nav" aria-label={t().nav.label}>
        <Sections items={items.slice(0, THUMB)} />
        {rest.length > 0 && <div class="nav-rest"><Sections items={rest} /></div>}
      </nav>
      <main id="main" tabIndex={-1}><LinkNote />{children}</main>
      <footer class="side-tools"><AllTools /></footer>
    </div>
  );
}
