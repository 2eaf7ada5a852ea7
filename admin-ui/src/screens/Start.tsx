import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { ApiError } from '../lib/api';
import { useSchool } from '../lib/data';
import { errorText } from '../lib/errors';
import { fill } from '../lib/format';
import { exchange, login, resume } from '../lib/session';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Loaded, Skeleton } from '../parts/States';
import { Command, Login, Outside, Unreachable } from './Login';

/** The one-time link carries its secret after `#`, so that no server log ever holds it. */
function takeLink() {
  const link = decodeURIComponent(location.hash.slice(1));
  if (link) history.replaceState(null, '', '/start');
  return link;
}

function Entering() {
  const failed = useSignal<ApiError | null>(null);
  useEffect(() => {
    const link = takeLink();
    if (!link) {
      if (login.value.state === 'asking') void resume();
      return;
    }
    exchange(link).catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      failed.value = error;
    });
  }, []);
  if (failed.value?.offline) return <Unreachable />;
  if (failed.value) {
    const known = failed.value.problem!.status === 401 || failed.value.problem!.status === 404 || failed.value.problem!.status === 410;
    return (
      <Outside>
        <Page title={t().login.badLink} lead={known ? t().login.badLinkText : errorText(failed.value)}>
          <Command text="estafeta admin-link" />
        </Page>
      </Outside>
    );
  }
  if (login.value.state === 'out') return <Login />;
  if (login.value.state === 'unreachable') return <Unreachable />;
  return <Outside><Page title={t().login.exchanging}><Skeleton rows={2} /></Page></Outside>;
}

function Identity() {
  const school = useSchool();
  return (
    <Loaded of={school} retry="school">
      {(data) => (
        <dl class="facts">
          <div><dt>{t().start.name}</dt><dd>{data.name}</dd></div>
          <div>
            <dt>{t().start.short}</dt>
            <dd><span class="code-text">{data.short}</span><span class="hint">{t().start.shortHint}</span></dd>
          </div>
          <div><dt>{t().start.district}</dt><dd>{data.district}, {fill(t().common.region, { code: data.region })}</dd></div>
          <div><dt>{t().start.root}</dt><dd>{data.root.id === data.id ? t().start.rootSelf : data.root.name}</dd></div>
          {data.powers.length > 0 && (
            <div><dt>{t().start.powers}</dt><dd>{data.powers.map((p) => t().powers[p]).join(', ')}</dd></div>
          )}
          <div><dt>{t().start.version}</dt><dd>{data.version}</dd></div>
        </dl>
      )}
    </Loaded>
  );
}

export function NextSteps() {
  const steps = [
    ['/network?dialog=join', t().start.join, t().start.joinText],
    ['/network?dialog=invite', t().start.invite, t().start.inviteText],
    ['/import', t().start.import, t().start.importText],
  ] as const;
  return (
    <ul class="next-steps">
      {steps.map(([href, title, text]) => (
        <li key={href}>
          <Link href={href}><strong>{title}</strong></Link>
          <p>{text}</p>
        </li>
      ))}
    </ul>
  );
}

export function Start() {
  if (login.value.state !== 'in') return <Entering />;
  return (
    <Page title={t().start.title} lead={t().start.lead}>
      <section>
        <h2>{t().start.next}</h2>
        <NextSteps />
      </section>
      <section>
        <h2>{t().start.identity}</h2>
        <Identity />
      </section>
      <Link href="/" class="button primary">{t().start.home}</Link>
    </Page>
  );
}
