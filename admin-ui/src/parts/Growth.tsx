import type { ComponentChildren } from 'preact';
import { st } from '../i18n/staff';
import { api, ok } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { number, plural, schoolYear } from '../lib/format';
import { useResource } from '../lib/resource';
import { word } from '../lib/words';
import { Columns } from '../charts/Columns';
import { Empty, Loaded } from './States';

export const useGrowth = (id: string) => useResource(`staff/${id}/growth`, () => ok(api.GET('/api/v1/staff/{id}/growth', { params: { path: { id } } })));

/** Growth by year: entries by section, hours of training by the table they come to. Without any: what to do next. */
export function Growth({ id, emptyText, children }: { id: string; emptyText: string; children?: ComponentChildren }) {
  const growth = useGrowth(id);
  const catalogue = useCatalogue().data;
  return (
    <Loaded of={growth} retry={`staff/${id}/growth`}>
      {(data) => (data.years.length === 0 ? <Empty title={st().own.noGrowth} text={emptyText}>{children}</Empty> : (
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
      ))}
    </Loaded>
  );
}
