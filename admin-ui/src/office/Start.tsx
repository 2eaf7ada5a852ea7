import { t } from '../i18n';
import { st } from '../i18n/staff';
import { useSchool } from '../lib/data';
import { errorText } from '../lib/errors';
import { fill } from '../lib/format';
import { lazy } from '../lib/lazy';
import { login, refused } from '../lib/session';
import { Page } from '../parts/Page';
import { Loaded, Skeleton } from '../parts/States';
import { Command, Login, Outside, Unreachable } from '../screens/Login';

const Setup = lazy(() => import('./Setup').then((m) => m.Setup));

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

export function Identity() {
  const school = useSchool();
  return (
    <Loaded of={school} retry="school">
      {(data) => (
        <dl class="facts">
          <div><dt>{st().start.name}</dt><dd>{data.name}</dd></div>
          <div>
            <dt>{st().start.short}</dt>
            <dd><span class="code-text">{data.short}</span><span class="hint">{st().start.shortHint}</span></dd>
          </div>
          <div><dt>{st().start.district}</dt><dd>{data.district}, {fill(t().common.region, { code: data.region })}</dd></div>
          <div><dt>{st().start.root}</dt><dd>{data.root.id === data.id ? st().start.rootSelf : data.root.name}</dd></div>
          {data.powers.length > 0 && (
            <div><dt>{st().start.powers}</dt><dd>{data.powers.map((p) => st().powers[p]).join(', ')}</dd></div>
          )}
          <div><dt>{st().start.version}</dt><dd>{data.version}</dd></div>
        </dl>
      )}
    </Loaded>
  );
}

export function Start() {
  return login.value.state === 'in' ? <Setup /> : <Entering />;
}
