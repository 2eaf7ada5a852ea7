import { t } from '../i18n';
import type { Class } from '../lib/api';
import { useClass, useClasses } from '../lib/people';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';

/** A class that asked for this parent as an expert; of others nothing is shown. */
function Row({ group }: { group: Class }) {
  const card = useClass(group.id).data;
  if (!card?.relations?.includes('expert')) return null;
  return (
    <Link href={`/classes/${group.id}?section=rating`} class="task">
      <span class="task-count"><Icon name="check" /></span>
      <span class="task-text"><strong>{t().work.expert}</strong><span>{group.name}</span></span>
      <Icon name="down" />
    </Link>
  );
}

/** Events to which a parent was called as an expert. */
export function Invited() {
  const classes = useClasses().data ?? [];
  return <div class="tasks">{classes.map((one) => <Row key={one.id} group={one} />)}</div>;
}
