import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import { api, ok } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { number, plural, schoolYear } from '../lib/format';
import { useResource } from '../lib/resource';
import { route, setQuery } from '../lib/router';
import { me } from '../lib/session';
import { itemsOf, word } from '../lib/words';
import { Columns } from '../charts/Columns';
import { OpenPage } from '../cabinet/OpenPage';
import { Page } from '../parts/Page';
import { Loaded } from '../parts/States';
import { Tabs } from '../parts/Tabs';
import { Timeline } from '../parts/Timeline';
import { Development } from './Development';

type Section = 'portfolio' | 'growth' | 'development' | 'page';

const useGrowth = (id: string) => useResource(`staff/${id}/growth`, () => ok(api.GET('/api/v1/staff/{id}/growth', { params: { path: { id } } })));

/** Growth by year: entries by section, hours of training by the table they come to. */
export function Growth({ id }: { id: string }) {
  const growth = useGrowth(id);
  const catalogue = useCatalogue().data;
  return (
    <Loaded of={growth} retry={`staff/${id}/growth`}>
      {(data) => (
        <>
        <Columns of={[...data.years].sort((a, b) => a.period - b.period).map((one) => ({ label: schoolYear(one.period), value: one.entries }))}
          summary={`${st().own.chart}: ${data.years.map((one) => `${schoolYear(one.period)}: ${one.entries}`).join('; ')}`} />
        <div class="table-scroll" tabIndex={0} role="region" aria-label={st().own.growth}>
          <table class="plain">
            <thead><tr><th scope="col">{st().own.year}</th><th scope="col" class="num">{st().own.entries}</th><th scope="col">{st().own.sections}</th><th scope="col" class="num">{st().own.hours}</th></tr></thead>
            <tbody>
              {[...data.years].sort((a, b) => b.period - a.period).map((one) => (
                <tr key={one.period}>
                  <th scope="row">{schoolYear(one.period)}</th>
                  <td class="num">{number(one.entries)}</td>
                  <td>{Object.entries(one.sections).map(([code, n]) => `${word(catalogue, 'teacher_section', code)} — ${n}`).join('; ')}</td>
                  <td class="num">{plural(one.hours ?? 0, st().own.hoursOf)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        </>
      )}
    </Loaded>
  );
}

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
      {section === 'growth' ? <Growth id={id} />
        : section === 'development' ? <Development id={id} />
        : section === 'page' ? <OpenPage whose="staff" id={id} explain={t().openPage.staff} />
        : <><Sections id={id} /><Timeline subject={{ about: 'staff', id }} title={t().child.entries} empty={st().own.empty} emptyText={st().own.emptyText} /></>}
    </Page>
  );
}
