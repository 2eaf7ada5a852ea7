import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, ok, type JournalRow } from '../lib/api';
import { useForm } from '../lib/form';
import { dateTime, fill, number, plural } from '../lib/format';
import { useResource } from '../lib/resource';
import { route, setQuery } from '../lib/router';
import { ErrorSummary } from '../parts/ErrorSummary';
import { SelectField } from '../parts/Field';
import { Link } from '../parts/Link';
import { Mark } from '../parts/Mark';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';
import { Progress } from '../parts/Progress';

const PAGE = 50;
const SHOWS = ['', 'reads', 'writes'] as const;
const read = (name: string) => route.value.query.get(name) ?? '';
const isLook = (row: JournalRow) => row.what.startsWith('GET ');

/** In plain words; what a later version of the node does is at least told from a look. */
export function deedOf(what: string): string {
  const words = st().journal;
  return words.what[what] ?? (what.startsWith('GET ') ? words.did_read : what.startsWith('DELETE ') ? words.did_remove : words.did_write);
}

/** A link from the server logs in somebody who has no account. */
function whoOf(row: JournalRow) {
  const words = st().journal;
  if (!(row.role in t().roles)) return words.server;
  return row.name ?? (/^0*$/.test(row.account) ? words.byLink : words.nobody);
}

/** Where the one whom it concerns is to be seen; null where it concerns nobody. */
function placeOf(row: JournalRow): string | null {
  const about = row.what.split(' ')[1]?.split('/')[0];
  return row.subject && about && ['students', 'staff', 'classes'].includes(about) ? `/${about}/${row.subject}` : null;
}

function About({ row, href }: { row: JournalRow; href: string }) {
  return <Link href={href} label={`${st().journal.open}: ${st().journal.about.toLocaleLowerCase()} — ${deedOf(row.what)}, ${dateTime(row.time)}`}>{st().journal.open}</Link>;
}

/** Whether the chain holds: asked for, since it reads every row. */
function Check() {
  const found = useSignal<{ total: number; whole: boolean; broken_at: number | null } | null>(null);
  const form = useForm();
  const words = st().journal;
  const check = form.submit(async () => { found.value = await ok(api.GET('/api/v1/journal/check')); });
  const answer = found.value;
  return (
    <div class="check-journal">
      <ErrorSummary errors={form.errors()} />
      <button type="button" class="button" disabled={form.busy()} onClick={() => void check()}>{words.check}</button>
      {form.busy() ? <Progress text={words.checking} /> : answer && (
        <div role="status">
          {answer.whole ? <Mark tone="good" shape="check" text={`${words.whole}: ${plural(answer.total, words.rows)}`} />
            : <p class="notice bad">{fill(words.broken, { n: String(answer.broken_at) })}</p>}
        </div>
      )}
    </div>
  );
}

function Rows({ rows }: { rows: JournalRow[] }) {
  const words = st().journal;
  const roles = t().roles as Record<string, string>;
  const about = (row: JournalRow) => {
    const href = placeOf(row);
    return <td data-label={href ? words.about : undefined}>{href && <About row={row} href={href} />}</td>;
  };
  return (
    <table class="table cards">
      <thead><tr><th scope="col">{words.who}</th><th scope="col">{words.did}</th><th scope="col">{words.when}</th><th scope="col">{words.about}</th></tr></thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.seq}>
            <th scope="row" class="who">{whoOf(row)}{roles[row.role] && <span class="soft">, {roles[row.role]}</span>}</th>
            <td data-label={words.did}>{deedOf(row.what)}</td>
            <td data-label={words.when} class="when"><time dateTime={row.time}>{dateTime(row.time)}</time></td>
            {about(row)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Who changed what and who looked, a page at a time. */
export function Journal() {
  const from = read('from');
  const show = SHOWS.find((one) => one === read('show')) ?? '';
  const journal = useResource(`journal/${from}`, () => ok(api.GET('/api/v1/journal', { params: { query: { limit: PAGE, cursor: from || undefined } } })));
  const words = st().journal;
  return (
    <Page title={words.title} lead={words.lead}>
      <Check />
      <form class="filters bar" role="search" onSubmit={(event) => event.preventDefault()}>
        <SelectField label={words.filter} value={show} onValue={(one) => setQuery({ show: one })} options={SHOWS.map((one) => ({ value: one, text: one ? words[one] : words.all }))} />
      </form>
      <Loaded of={journal} retry="journal" rows={8}>
        {(data) => {
          if (data.items.length === 0) return <Empty title={words.empty} text={words.emptyText} />;
          const rows = data.items.filter((row) => !show || (show === 'reads') === isLook(row));
          return (
            <>
              <p class="list-count" role="status">{fill(words.page, { from: number(data.items[0]!.seq), to: number(data.items[data.items.length - 1]!.seq), of: number(data.total) })}</p>
              {rows.length ? <Rows rows={rows} /> : <p class="soft">{words.noneHere}</p>}
              <div class="actions">
                {from && <button type="button" class="button" onClick={() => setQuery({ from: '' })}>{words.newest}</button>}
                {data.next && <button type="button" class="button" onClick={() => { setQuery({ from: data.next! }); scrollTo(0, 0); }}>{words.older}</button>}
              </div>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
