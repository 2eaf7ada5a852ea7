import { t } from '../i18n';
import { errorText } from '../lib/errors';
import { login, refused } from '../lib/session';
import { Command } from '../parts/Command';
import { Page } from '../parts/Page';
import { Skeleton } from '../parts/States';
import { Login, Outside, Unreachable } from './Login';

/** The one-time link of the administrator: it lets in, or says why not. */
export function Entering() {
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
