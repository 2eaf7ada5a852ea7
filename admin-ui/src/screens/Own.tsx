import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import { useCatalogue } from '../lib/data';
import { route, setQuery } from '../lib/router';
import { me } from '../lib/session';
import { itemsOf } from '../lib/words';
import { OpenPage } from '../cabinet/OpenPage';
import { Growth, useGrowth } from '../parts/Growth';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Tabs } from '../parts/Tabs';
import { Timeline } from '../parts/Timeline';
import { Development } from './Development';

type Section = 'portfolio' | 'growth' | 'development' | 'page';

/** The twelve sections, with how many entries each has. */
function Sections({ id }: { id: string }) {
  const growth = useGrowth(id).data;
  const catalogue = useCatalogue().data;
  const count = (code: string) => (growth?.years ?? []).reduce((sum, one) => sum + (one.sections[code] ?? 0), 0);
  const here = route.value.query.get('part');
  return (
    <ul class="chips">
      {itemsOf(catalogue, 'teacher_section').map((one) => (
        <li key={one.code}>
          <button type="button" class="chip" aria-pressed={here === one.code} onClick={() => setQuery({ part: here === one.code ? '' : one.code })}>{titled(one.title)}<span>{count(one.code)}</span></button>
        </li>
      ))}
    </ul>
  );
}

/** A teacher's own portfolio of twelve sections, its growth, its public page. */
export function Own() {
  const id = me().person;
  const section = (route.value.query.get('section') ?? 'portfolio') as Section;
  if (!id) return null;
  return (
    <Page title={st().own.title} lead={me().name}>
      <Tabs label={t().student.sections} tabs={(['portfolio', 'growth', 'development', 'page'] as const).map((one) => ({
        href: one === 'portfolio' ? '/own' : `/own?section=${one}`, text: one === 'growth' || one === 'development' ? st().own[one] : t().nav[one], count: 0, current: one === section,
      }))} />
      {section === 'growth' ? <Growth id={id} emptyText={st().own.noGrowthText}><Link href="/own" class="button primary">{st().own.toPortfolio}</Link></Growth>
        : section === 'development' ? <Development id={id} />
        : section === 'page' ? <OpenPage whose="staff" id={id} explain={t().openPage.staff} />
        : <><Sections id={id} /><Timeline subject={{ about: 'staff', id }} title={t().child.entries} empty={st().own.empty} emptyText={st().own.emptyText} /></>}
    </Page>
  );
}
