import { t } from '../i18n';
import { st } from '../i18n/staff';
import type { Class } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { fullName, plural } from '../lib/format';
import { leaderOf, useClasses } from '../lib/people';
import { word } from '../lib/words';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';

function Row({ group }: { group: Class }) {
  const catalogue = useCatalogue().data;
  const leader = leaderOf(group);
  const what = [group.type !== 'class' && word(catalogue, 'group_type', group.type), group.subject && word(catalogue, 'school_subject', group.subject), leader && fullName(leader)];
  return (
    <li>
      <Link href={`/classes/${group.id}`} class="tile">
        <strong>{group.name}</strong>
        <span>{plural(group.students, t().home.students)}</span>
        <span class="soft">{what.filter(Boolean).join(' · ')}</span>
      </Link>
    </li>
  );
}

/** The classes and groups that one works with. */
export function Classes() {
  const classes = useClasses();
  return (
    <Page title={t().nav.classes}>
      <Loaded of={classes} retry="classes">
        {(data) => data.length === 0 ? <Empty title={st().classroom.none} text={st().classroom.noneText} />
          : <ul class="tiles">{data.map((one) => <Row key={one.id} group={one} />)}</ul>}
      </Loaded>
    </Page>
  );
}
