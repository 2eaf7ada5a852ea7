import { t } from '../i18n';
import { useSchool } from '../lib/data';
import { errorText } from '../lib/errors';
import { fill } from '../lib/format';
import { login, refused } from '../lib/session';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Loaded, Skeleton } from '../parts/States';
import { Command, Login, Outside, Unreachable } from './Login';

function Entering() {
  if (refused.value?.offline) return <Unreachable />;
  if (refused.value) {
    const known = refused.value.problem!.status === 401 || refused.value.problem!.status === 404 || refused.value.problem!.status === 410;
    return (
      <Outside>
        <Page title={t().login.badLink} lead={known ? t().login.badLinkText : errorText(refused.value)}>
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
