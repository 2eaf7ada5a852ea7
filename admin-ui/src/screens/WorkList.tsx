import { t } from '../i18n';
import { useStudent, useWork } from '../lib/data';
import { fullName } from '../lib/format';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';

export type Listed = 'polls' | 'deviations' | 'reviews';
const SECTION: Record<Listed, string> = { polls: 'results', deviations: 'results', reviews: 'portfolio' };

function Row({ id, section }: { id: string; section: string }) {
  const student = useStudent(id).data;
  return (
    <li class="row">
      <Link href={`/students/${id}?section=${section}`}>{student ? fullName(student) : '…'}{student?.class ? `, ${student.class}` : ''}</Link>
      <Icon name="down" />
    </li>
  );
}

/** Whom one kind of work is about. */
export function WorkList({ what }: { what: Listed }) {
  const work = useWork();
  return (
    <Page title={t().work.lists[what]} above={<Link href="/" class="back"><Icon name="left" size={16} />{t().nav.home}</Link>}>
      <Loaded of={work} retry="work">
        {(data) => {
          const item = data.items.find((one) => one.what === what);
          return item ? <ul class="rows">{item.subjects.map((id) => <Row key={id} id={id} section={SECTION[what]} />)}</ul> : <Empty title={t().home.nothing} text={t().home.nothingText} />;
        }}
      </Loaded>
    </Page>
  );
}
