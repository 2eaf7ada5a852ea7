import { t, titled } from '../i18n';
import { api, ok } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { number, plural, schoolYear } from '../lib/format';
import { useResource } from '../lib/resource';
import { route } from '../lib/router';
import { me } from '../lib/session';
import { OpenPage } from '../cabinet/OpenPage';
import { Page } from '../parts/Page';
import { Loaded } from '../parts/States';
import { Tabs } from '../parts/Tabs';
import { Timeline } from '../parts/Timeline';

type Section = 'portfolio' | 'growth' | 'page';

/** Growth by year: entries by section, hours of training by the table they come to. */
export function Growth({ id }: { id: string }) {
  const growth = useResource(`staff/${id}/growth`, () => ok(api.GET('/api/v1/staff/{id}/growth', { params: { path: { id } } })));
  const catalogue = useCatalogue().data;
  const word = (list: string, code: string) => titled(catalogue?.lists[list]?.items.find((one) => one.code === code)?.title ?? { ru: code, en: code });
  return (
    <Loaded of={growth} retry={`staff/${id}/growth`}>
      {(data) => (
        <div class="table-scroll" tabIndex={0} role="region" aria-label={t().own.growth}>
          <table class="plain">
            <thead><tr><th scope="col">{t().own.year}</th><th scope="col" class="num">{t().own.entries}</th><th scope="col">{t().own.sections}</th><th scope="col" class="num">{t().own.hours}</th></tr></thead>
            <tbody>
              {[...data.years].sort((a, b) => b.period - a.period).map((one) => (
                <tr key={one.period}>
                  <th scope="row">{schoolYear(one.period)}</th>
                  <td class="num">{number(one.entries)}</td>
                  <td>{Object.entries(one.sections).map(([code, n]) => `${word('teacher_section', code)} — ${n}`).join('; ')}</td>
                  <td class="num">{plural(one.hours ?? 0, t().own.hoursOf)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Loaded>
  );
}

/** A teacher's own portfolio of twelve sections, its growth, its public page. */
export function Own() {
  const id = me().person;
  const section = (route.value.query.get('section') ?? 'portfolio') as Section;
  if (!id) return null;
  return (
    <Page title={t().nav.own} lead={me().name}>
      <Tabs label={t().student.sections} tabs={(['portfolio', 'growth', 'page'] as const).map((one) => ({
        href: one === 'portfolio' ? '/own' : `/own?section=${one}`, text: one === 'growth' ? t().own.growth : t().nav[one], count: 0, current: one === section,
      }))} />
      {section === 'growth' ? <Growth id={id} />
        : section === 'page' ? <OpenPage whose="staff" id={id} explain={t().openPage.staff} />
        : <Timeline subject={{ about: 'staff', id }} title={t().student.portfolio} empty={t().own.empty} emptyText={t().own.emptyText} />}
    </Page>
  );
}
