import { t } from '../i18n';
import { ago, fill } from '../lib/format';
import { linked, shownFrom } from '../lib/offline';
import { Icon } from './Icon';

/** Whether what is on screen is of now. The place is always there, so that the words are read out when they come. */
export function LinkNote() {
  const from = shownFrom.value;
  const text = from !== null ? fill(t().link.shown, { ago: ago(new Date(from).toISOString()) }) : linked.value ? '' : t().link.none;
  return <div role="status" class="link-note">{text && <p><Icon name="cloud" />{text}</p>}</div>;
}
