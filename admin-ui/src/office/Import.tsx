import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { act, api, ApiError, ok, type ImportReport } from '../lib/api';
import { useForm } from '../lib/form';
import { fill, plural } from '../lib/format';
import { refresh } from '../lib/resource';
import { route } from '../lib/router';
import { size } from '../lib/size';
import { Changes } from './Changes';
import { Download } from '../parts/Download';
import { ErrorSummary } from '../parts/ErrorSummary';
import { Field, SelectField, TextField } from '../parts/Field';
import { ImportResult } from './ImportResult';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Progress } from '../parts/Progress';

type Kind = ImportReport['kind'];
const SECTION = { students: 'students', staff: 'staff', classes: 'classes', oneroster: 'students' } as const;
const HREF = { students: '/students', staff: '/staff', classes: '/classes', oneroster: '/students' } as const;
const KINDS = ['students', 'staff', 'classes', 'oneroster'] as const;
type Encoding = '' | 'utf-8' | 'windows-1251';

/** The bytes go as they are; the node knows encodings and separators. */
const upload = (file: File, kind: Kind, encoding: Encoding, school: string, digest?: string) =>
  ok(api.POST('/api/v1/imports', {
    params: { query: { kind, apply: digest !== undefined, encoding: (kind !== 'oneroster' && encoding) || undefined, school: (kind === 'oneroster' && school.trim()) || undefined, digest }, header: act() },
    headers: { 'Content-Type': kind === 'oneroster' ? 'application/zip' : 'text/csv' },
    body: file as unknown as string,
    bodySerializer: (body) => body as unknown as BodyInit,
  }));

/** What is wrong with the file as a whole, in the user's words where they are known. */
function faultText(detail: string) {
  const [, line, what] = /^(?:line (\d+): )?(.*)$/s.exec(detail)!;
  const column = /^(unknown|a second) column "(.*)"$/.exec(what!);
  const words = st().importRows;
  const said = column ? fill(column[1] === 'unknown' ? words.unknownColumn : words.secondColumn, { name: column[2]! }) : words.faults[what!] ?? what!;
  return line ? fill(words.onLine, { line, what: said }) : said;
}

export function Import() {
  const kind = useSignal<Kind>(KINDS.find((one) => one === route.value.query.get('kind')) ?? 'students');
  const encoding = useSignal<Encoding>('');
  const school = useSignal('');
  const file = useSignal<File | null>(null);
  const report = useSignal<ImportReport | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const form = useForm();
  const words = st().import;

  const waits = form.busy() && file.value && <Progress text={report.value ? st().importRows.writing : fill(st().importRows.sending, { size: size(file.value.size) })} />;
  const reset = () => {
    report.value = null;
    file.value = null;
    if (input.current) input.current.value = '';
  };
  const check = async () => {
    if (!file.value) return form.set({ file: words.noFile });
    try {
      report.value = await upload(file.value, kind.value, encoding.value, school.value);
    } catch (error) {
      // A file that is refused whole: the node says which line is at fault.
      if (!(error instanceof ApiError) || error.problem?.status !== 422 || !error.problem.detail) throw error;
      form.set({ file: fill(st().importRows.refused, { why: faultText(error.problem.detail) }) });
    }
  };
  const apply = async () => {
    try {
      report.value = await upload(file.value!, kind.value, encoding.value, school.value, report.value!.digest);
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem?.status !== 409) throw error;
      report.value = null;
      return form.set({ '': words.stale });
    }
    refresh();
  };

  const result = report.value;
  const found = useRef<HTMLHeadingElement>(null);
  useEffect(() => found.current?.focus(), [result]);
  const writable = result ? result.counts.new + result.counts.changed + (result.counts.gone ?? 0) : 0;
  return (
    <Page title={words.title} lead={words.lead}>
      <ErrorSummary errors={form.errors()} />
      <form noValidate class="import-form" onSubmit={form.submit(check)}>
        <fieldset>
          <legend>{words.kind}</legend>
          <div class="choices">
            {KINDS.map((one) => (
              <label key={one} class="check">
                <input type="radio" name="kind" checked={kind.value === one} onChange={() => { kind.value = one; report.value = null; }} />
                {words.kinds[one]}
              </label>
            ))}
          </div>
        </fieldset>
        <p class="hint">{words.columnsLabel}: <span lang="ru">{words.columns[kind.value]}</span></p>
        <Field label={words.file} hint={words.fileHint} error={form.of('file')}>
          {(control) => (
            <input {...control} ref={input} type="file" accept={kind.value === 'oneroster' ? '.zip,application/zip' : '.csv,text/csv'}
              onChange={(event) => { file.value = event.currentTarget.files?.[0] ?? null; report.value = null; }} />
          )}
        </Field>
        {kind.value === 'oneroster' && <TextField label={st().importRows.school} hint={st().importRows.schoolHint} optional value={school.value} error={form.of('school')} onValue={(text) => { school.value = text; report.value = null; }} input={{ maxLength: 255 }} />}
        {kind.value !== 'oneroster' && <SelectField label={words.encoding} value={encoding.value} onValue={(text) => { encoding.value = text as Encoding; report.value = null; }}
          options={[
            { value: '', text: words.encodings.auto },
            { value: 'utf-8', text: words.encodings.utf8 },
            { value: 'windows-1251', text: words.encodings.win },
          ]} />}
        {!result && waits}
        {!result && (
          <div class="actions">
            <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : words.check}</button>
          </div>
        )}
      </form>
      {result && (
        <section aria-labelledby="report">
          <h2 id="report" tabIndex={-1} ref={found}>{result.applied ? words.applied : words.report}</h2>
          <ImportResult report={result} />
          {waits}
          <div class="actions">
            {result.applied ? <Link href={HREF[result.kind]} class="button primary">{t().nav[SECTION[result.kind]]}</Link> : writable > 0 && (
              <button type="button" class="button primary" disabled={form.busy()} onClick={form.submit(apply)}>
                {form.busy() ? t().common.working : plural(writable, words.apply)}
              </button>
            )}
            <button type="button" class="button" onClick={reset}>{words.another}</button>
          </div>
        </section>
      )}
      <p class="hint">
        {st().importRows.exportHint}{' '}
        {(['students', 'staff', 'classes'] as const).map((one, i) => <span key={one}>{i > 0 && ' · '}<Download class="text-button" href={`/api/v1/${one}.csv`} text={st().server.exports[one]} /></span>)}
      </p>
      <Changes onUndone={reset} />
    </Page>
  );
}
