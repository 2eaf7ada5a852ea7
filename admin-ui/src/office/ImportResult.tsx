import { useSignal } from '@preact/signals';
import { st } from '../i18n/staff';
import type { ImportReport } from '../lib/api';
import { fill, number, plural } from '../lib/format';
import { DuplicateList } from './Duplicates';
import { SelectField } from '../parts/Field';
import { Mark } from '../parts/Mark';

type Row = ImportReport['rows'][number];
type Outcome = Row['outcome'];
const OUTCOMES = ['new', 'changed', 'same', 'conflict', 'error'] as const;
const MARKS: Record<Outcome, [Parameters<typeof Mark>[0]['tone'], Parameters<typeof Mark>[0]['shape']]> = {
  new: ['good', 'check'], changed: ['move', 'arrow'], same: ['calm', 'ring'], conflict: ['wait', 'split'], error: ['bad', 'cross'], gone: ['move', 'arrow'],
};
const SHOWS = { all: ['new', 'changed', 'conflict', 'error', 'gone'], error: ['conflict', 'error'], new: ['new'], changed: ['changed'], gone: ['gone'] } as const;
type Show = keyof typeof SHOWS;

function OutcomeMark({ outcome }: { outcome: Outcome }) {
  const [tone, shape] = MARKS[outcome];
  return <Mark tone={tone} shape={shape} text={st().import.outcome[outcome]} />;
}

function Remarks({ row }: { row: Row }) {
  const words = st().importRows;
  return (
    <ul class="remarks">
      {row.problems.map((one) => <li key={one}>{words.problems[one] ?? one}</li>)}
      {row.changes.map((one) => <li key={one.field}>{words.fields[one.field] ?? one.field}: <del>{one.now || '—'}</del> → <ins>{one.becomes || '—'}</ins></li>)}
    </ul>
  );
}

function Rows({ rows }: { rows: Row[] }) {
  const words = st().import;
  return (
    <table class="table cards">
      <thead>
        <tr>
          <th scope="col">{words.line}</th><th scope="col">{words.name}</th>
          <th scope="col">{words.result}</th><th scope="col">{words.problems}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          <tr key={i}>
            <td data-label={words.line} class="numeric">{row.line > 0 ? row.line : '—'}{row.file && <span class="hint"> {row.file}</span>}</td>
            <th scope="row">{row.name || '—'}</th>
            <td data-label={words.result}><OutcomeMark outcome={row.outcome} /></td>
            <td data-label={row.problems.length + row.changes.length ? words.problems : undefined}><Remarks row={row} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What each row of a file would do, or did. */
export function ImportResult({ report }: { report: ImportReport }) {
  const show = useSignal<Show>('all');
  const words = st().import;
  const { counts } = report;
  const changing = report.rows.filter((row) => row.outcome !== 'same');
  const rows = changing.filter((row) => (SHOWS[show.value] as readonly Outcome[]).includes(row.outcome));
  const skipped = counts.error + counts.conflict;
  return (
    <>
      <div role="status">
        <ul class="outcomes">
          {OUTCOMES.map((one) => <li key={one}><span class="outcome-count">{number(counts[one])}</span><OutcomeMark outcome={one} /></li>)}
          {counts.gone !== undefined && <li><span class="outcome-count">{number(counts.gone)}</span><OutcomeMark outcome="gone" /></li>}
        </ul>
      </div>
      {skipped > 0 && !report.applied && <p class="notice wait">{plural(skipped, words.skipped)}</p>}
      {report.duplicates.length > 0 && (
        <section class="inner">
          <h3>{st().duplicates.title}</h3>
          <p class="hint">{st().duplicates.lead}</p>
          <DuplicateList of={report.duplicates} />
        </section>
      )}
      {changing.length === 0 ? <p class="hint">{words.noRows}</p> : (
        <>
          <form class="filters bar" onSubmit={(event) => event.preventDefault()}>
            <SelectField label={st().importRows.show} value={show.value} onValue={(one) => { show.value = one as Show; }}
              options={(Object.keys(SHOWS) as Show[]).filter((one) => one !== 'gone' || counts.gone !== undefined).map((one) => ({ value: one, text: st().importRows.shows[one] }))} />
          </form>
          {rows.length === 0 ? <p class="hint">{st().importRows.none}</p> : <Rows rows={rows} />}
          <p class="hint">{words.rowsShown}{report.truncated && ` ${fill(st().importRows.shownOf, { n: number(report.rows.length) })}.`}</p>
        </>
      )}
    </>
  );
}
