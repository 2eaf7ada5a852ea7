import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import { act, api, ok, type ClassCard } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { useForm } from '../lib/form';
import { fill, plural } from '../lib/format';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { itemsOf } from '../lib/words';
import { ErrorSummary } from '../parts/ErrorSummary';
import { Field, SelectField, TextField } from '../parts/Field';
import { Mark } from '../parts/Mark';

type Row = { line: number; outcome: 'new' | 'empty' | 'error'; problem: string | null };
type Report = { rows: Row[]; levels: number; bad: number };

/** The bytes go as they are; the node knows encodings and separators. */
const send = (id: string, source: string, date: string, file: File, apply: boolean) =>
  ok(api.POST('/api/v1/classes/{id}/external-results', {
    params: { path: { id }, query: { source, date, apply: apply || undefined }, header: act() },
    headers: { 'Content-Type': 'text/csv' }, body: file as unknown as string, bodySerializer: (body) => body as unknown as BodyInit,
  }));

function Outcome({ report }: { report: Report }) {
  const bad = report.rows.filter((one) => one.outcome === 'error');
  return (
    <section>
      <h2>{st().external.report}</h2>
      <p role="status">{plural(report.levels, st().external.levels)}{bad.length > 0 && `, ${plural(bad.length, st().external.bad)}`}</p>
      {bad.length > 0 && (
        <ul class="rows">
          {bad.map((one) => <li key={one.line} class="row"><span>{fill(st().external.line, { n: String(one.line) })}: {one.problem}</span><Mark tone="bad" shape="cross" text={st().import.outcome.error} /></li>)}
        </ul>
      )}
    </section>
  );
}

/** Results of an outside examination for the class, from a table: checked first, then written. */
export function External({ group }: { group: ClassCard }) {
  const catalogue = useCatalogue().data;
  const source = useSignal('');
  const date = useSignal('');
  const file = useSignal<File | null>(null);
  const report = useSignal<Report | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const form = useForm();
  const labels = { source: st().external.source, date: st().external.date, file: st().import.file };
  const change = (work: () => void) => { work(); report.value = null; };

  const run = (apply: boolean) => form.submit(async () => {
    const empty = [!source.value && 'source', !date.value && 'date', !file.value && 'file'].filter((one): one is string => !!one);
    if (empty.length) return form.missing(empty, labels);
    const answer = await send(group.id, source.value, date.value, file.value!, apply);
    if ('rows' in answer) {
      report.value = answer as Report;
      return;
    }
    toast(plural(answer.done, st().rating.done));
    change(() => { file.value = null; });
    if (input.current) input.current.value = '';
    refresh(`class/${group.id}`);
    refresh('student');
  }, labels);

  const ready = report.value && report.value.bad === 0 && report.value.levels > 0;
  return (
    <>
      <p class="lead">{st().external.lead}</p>
      <form noValidate class="narrow" onSubmit={run(false)}>
        <ErrorSummary errors={form.errors()} />
        <SelectField label={labels.source} value={source.value} error={form.of('source')} onValue={(v) => change(() => { source.value = v; })}
          options={[{ value: '', text: t().entryForm.choose }, ...itemsOf(catalogue, 'external_source').map((one) => ({ value: one.code, text: titled(one.title) }))]} />
        <TextField label={labels.date} value={date.value} error={form.of('date')} onValue={(v) => change(() => { date.value = v; })} input={{ type: 'date' }} />
        <Field label={labels.file} hint={st().external.columns} error={form.of('file')}>
          {(control) => <input {...control} ref={input} type="file" accept=".csv,text/csv" onChange={(e) => { const chosen = e.currentTarget.files?.[0] ?? null; change(() => { file.value = chosen; }); }} />}
        </Field>
        <div class="actions">
          {!ready && <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : st().import.check}</button>}
          {ready && <button type="button" class="button primary" disabled={form.busy()} onClick={() => void run(true)()}>{plural(report.value!.levels, st().rating.save)}</button>}
        </div>
      </form>
      {report.value && <Outcome report={report.value} />}
    </>
  );
}
