import { t } from '../i18n';
import type { ImportReport } from '../lib/api';
import { number, plural } from '../lib/format';
import { Mark } from './Mark';

type Outcome = ImportReport['rows'][number]['outcome'];
const OUTCOMES = ['new', 'changed', 'same', 'conflict', 'error'] as const;
const MARKS: Record<Outcome, [Parameters<typeof Mark>[0]['tone'], Parameters<typeof Mark>[0]['shape']]> = {
  new: ['good', 'check'], changed: ['move', 'arrow'], same: ['calm', 'ring'], conflict: ['wait', 'split'], error: ['bad', 'cross'], gone: ['move', 'arrow'],
};

function OutcomeMark({ outcome }: { outcome: Outcome }) {
  const [tone, shape] = MARKS[outcome];
  return <Mark tone={tone} shape={shape} text={t().import.outcome[outcome]} />;
}

export function ImportResult({ report }: { report: ImportReport }) {
  const words = t().import;
  const rows = report.rows.filter((row) => row.outcome !== 'same');
  const skipped = report.counts.error + report.counts.conflict;
  return (
    <>
      <div role="status">
        <ul class="outcomes">
          {OUTCOMES.map((one) => <li key={one}><span class="outcome-count">{number(report.counts[one])}</span><OutcomeMark outcome={one} /></li>)}
          {report.counts.gone !== undefined && <li><span class="outcome-count">{number(report.counts.gone)}</span><OutcomeMark outcome="gone" /></li>}
        </ul>
      </div>
      {skipped > 0 && !report.applied && <p class="notice wait">{plural(skipped, words.skipped)}</p>}
      {rows.length === 0 ? <p class="hint">{words.noRows}</p> : (
        <>
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
                  <td data-label={words.line} class="numeric">{row.line}</td>
                  <th scope="row">{row.name ?? '—'}</th>
                  <td data-label={words.result}><OutcomeMark outcome={row.outcome} /></td>
                  <td data-label={row.problems.length + row.changes.length ? words.problems : undefined}>
                    {[...row.problems, ...row.changes.map((c) => `${c.now || '—'} → ${c.becomes || '—'}`)].join('; ')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <p class="hint">{words.rowsShown}</p>
        </>
      )}
    </>
  );
}
