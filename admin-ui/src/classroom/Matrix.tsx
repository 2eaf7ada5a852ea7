import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import { api, ok, type ClassCard, type Matrix as Data } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { currentPeriod, fill, fullName, hundredths, schoolYear } from '../lib/format';
import { useResource } from '../lib/resource';
import { route, setQuery } from '../lib/router';
import { itemsOf } from '../lib/words';
import { SelectField } from '../parts/Field';
import { Link } from '../parts/Link';
import { Empty, Loaded } from '../parts/States';
import { average, heat, HEATS, meanAt, rated, sorted, years } from './heat';

const YEARS = 4;
const read = (name: string) => route.value.query.get(name) ?? '';
const shown = (mean: number | null) => (mean === null ? '—' : hundredths(mean));

/** In words what the colours say: the strongest and the weakest, and how many were rated at all. */
function Summary({ matrix, year, columns }: { matrix: Data; year: number; columns: number[] }) {
  const means = columns.map((i) => ({ title: titled(matrix.competences[i]!.title), mean: average(matrix.rows.map((row) => meanAt(matrix, row, i, year))) }))
    .filter((one): one is { title: string; mean: number } => one.mean !== null).sort((a, b) => b.mean - a.mean);
  const some = matrix.rows.filter((row) => columns.some((i) => meanAt(matrix, row, i, year) !== null)).length;
  const best = means[0], worst = means[means.length - 1];
  return (
    <p class="summary">
      {fill(st().matrix.ratedOf, { n: String(some), of: String(matrix.rows.length) })}
      {best && worst && best !== worst && ` ${fill(st().matrix.extremes, { best: best.title, top: hundredths(best.mean), worst: worst.title, low: hundredths(worst.mean) })}`}
    </p>
  );
}

function Head({ title, by, current }: { title: string; by: string; current: boolean }) {
  return (
    <th scope="col" aria-sort={current ? (by === 'name' ? 'ascending' : 'descending') : undefined}>
      <button type="button" class="sort" onClick={() => setQuery({ sort: by === 'name' ? '' : by })}><span>{title}</span></button>
    </th>
  );
}

function Table({ matrix, year, columns }: { matrix: Data; year: number; columns: number[] }) {
  const sort = read('sort') || 'name';
  const at = matrix.competences.findIndex((one) => one.code === sort);
  const rows = sorted(matrix, year, at >= 0 ? at : sort === 'indicator' ? 'indicator' : 'name');
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={st().classroom.tabs.matrix}>
      <table class="heat">
        <thead>
          <tr>
            <Head title={t().students.name} by="name" current={sort === 'name'} />
            {columns.map((i) => <Head key={i} title={titled(matrix.competences[i]!.title)} by={matrix.competences[i]!.code} current={at === i} />)}
            <Head title={st().matrix.indicator} by="indicator" current={sort === 'indicator'} />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.student.id}>
              <th scope="row"><Link href={`/students/${row.student.id}?section=results`}>{fullName({ ...row.student, patronymic: '' })}</Link></th>
              {columns.map((i) => {
                const mean = meanAt(matrix, row, i, year);
                return <td key={i} data-heat={heat(mean)}>{shown(mean)}</td>;
              })}
              <td class="indicator">{shown(row.indicator)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{st().matrix.classMean}</th>
            {columns.map((i) => {
              const mean = average(matrix.rows.map((row) => meanAt(matrix, row, i, year)));
              return <td key={i} data-heat={heat(mean)}>{shown(mean)}</td>;
            })}
            <td class="indicator">{shown(average(matrix.rows.map((row) => row.indicator)))}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

/** The whole class at a glance: who stands where in what, by year; a name leads to the student's card. */
export function Matrix({ group }: { group: ClassCard }) {
  const kind = read('group');
  const to = currentPeriod(), from = to - YEARS + 1;
  const key = `class/${group.id}/matrix/${kind}`;
  const matrix = useResource(key, () => ok(api.GET('/api/v1/classes/{id}/matrix', { params: { path: { id: group.id }, query: { from, to, group: kind || undefined } } })));
  const catalogue = useCatalogue().data;
  return (
    <Loaded of={matrix} retry={key} rows={8}>
      {(data) => {
        const withMarks = years(data).filter((one) => rated(data, one).length);
        const asked = Number(read('year'));
        const year = years(data).includes(asked) ? asked : withMarks[withMarks.length - 1] ?? to;
        const columns = rated(data, year);
        return (
          <>
            <div class="filters compact">
              <SelectField label={t().entryForm.period} value={String(year)} onValue={(value) => setQuery({ year: value })}
                options={years(data).map((one) => ({ value: String(one), text: schoolYear(one) }))} />
              <SelectField label={st().matrix.group} value={kind} onValue={(value) => setQuery({ group: value, sort: '' })}
                options={[{ value: '', text: t().common.all }, ...itemsOf(catalogue, 'competence_group').map((one) => ({ value: one.code, text: titled(one.title) }))]} />
            </div>
            {columns.length === 0 ? (
              <Empty title={st().matrix.empty} text={st().matrix.emptyText}>
                {group.relations?.some((one) => one === 'teacher' || one === 'class_teacher') && <Link href={`/classes/${group.id}?section=rating`} class="button primary">{st().rating.title}</Link>}
              </Empty>
            ) : (
              <>
                <Summary matrix={data} year={year} columns={columns} />
                <Table matrix={data} year={year} columns={columns} />
                <p class="heat-key" aria-hidden="true"><span>0</span>{Array.from({ length: HEATS }, (_, i) => <i key={i} data-heat={i} />)}<span>3</span></p>
                <p class="hint">{st().matrix.hint}</p>
              </>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
