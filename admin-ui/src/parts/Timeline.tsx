import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t, titled } from '../i18n';
import type { Entry, EntryStatus, StudentCard } from '../lib/api';
import { useCatalogue, useEntries } from '../lib/data';
import { fill, plural, schoolYear } from '../lib/format';
import { reviewKeys, useReviewKeys } from '../lib/keys';
import { confirmLater } from '../lib/pending';
import { route, setQuery } from '../lib/router';
import { EntryCard } from './EntryCard';
import { EntryForm } from './EntryForm';
import { EraseEntryDialog } from './EraseDialogs';
import { SelectField } from './Field';
import { Icon } from './Icon';
import { KeysHelp } from './KeysHelp';
import { Empty, Loaded } from './States';
import { VerdictDialog } from './VerdictDialog';

const STATUSES: EntryStatus[] = ['unconfirmed', 'returned', 'confirmed', 'late', 'conflict', 'retracted', 'unreadable', 'unproven', 'erased'];
const read = (name: string) => route.value.query.get(name) ?? '';

export type Opened = { what: 'return' | 'comment' | 'fix' | 'erase'; entry: Entry } | { what: 'keys' } | null;
export const canJudge = (student: StudentCard, entry: Entry) =>
  !student.read_only && !entry.replaced_by && (entry.status === 'unconfirmed' || entry.status === 'late' || entry.status === 'conflict');

function Filters({ onKeys }: { onKeys: () => void }) {
  const catalogue = useCatalogue();
  const kinds = (catalogue.data?.kinds ?? []).filter((one) => one.subject === 'student');
  return (
    <div class="filters compact">
      <SelectField label={t().student.filterStatus} value={read('status')} onValue={(value) => setQuery({ status: value })}
        options={[{ value: '', text: t().common.all }, ...STATUSES.map((one) => ({ value: one, text: t().status[one] }))]} />
      <SelectField label={t().student.filterKind} value={read('kind')} onValue={(value) => setQuery({ kind: value })}
        options={[{ value: '', text: t().student.allKinds }, ...kinds.map((one) => ({ value: one.code, text: titled(one.title) }))]} />
      <button type="button" class="button quiet keys-button" onClick={onKeys}><Icon name="keys" />{t().student.keys}</button>
    </div>
  );
}

type Leg = { key: string; school: Entry['author']; entries: Entry[] };
type Year = { period: number | null; legs: Leg[] };

/** Years, and within a year the runs of entries by one school: the legs of the relay. */
function group(entries: Entry[]): Year[] {
  const years: Year[] = [];
  for (const entry of entries) {
    let year = years[years.length - 1];
    if (!year || year.period !== entry.period) years.push((year = { period: entry.period, legs: [] }));
    const leg = year.legs[year.legs.length - 1];
    if (leg && leg.school.id === entry.author.id) leg.entries.push(entry);
    else year.legs.push({ key: entry.id, school: entry.author, entries: [entry] });
  }
  return years;
}

const byYear = (a: Entry, b: Entry) => (b.period ?? 0) - (a.period ?? 0) || b.time.localeCompare(a.time);

type ListProps = { student: StudentCard; entries: Entry[]; onOpen: (what: Opened) => void };
function Years({ student, entries, onOpen }: ListProps) {
  let newer: Leg | null = null;
  return (
    <>
      {group([...entries].sort(byYear)).map((year) => (
        <section key={year.period ?? 0} class="year">
          <h3>{year.period === null ? t().student.noYear : fill(t().student.year, { year: schoolYear(year.period) })}</h3>
          {year.legs.map((leg) => {
            const handed = newer && newer.school.id !== leg.school.id ? newer.school.name : null;
            newer = leg;
            return (
              <div key={leg.key} class={leg.entries[0]!.own ? 'leg own' : 'leg'}>
                {handed && (
                  <p class="handover">
                    <svg width="22" height="22" viewBox="0 0 64 64" aria-hidden="true" focusable="false">
                      <path d="M14 50 29 35" class="baton-a" /><path d="M38 26 50 14" class="baton-b" />
                    </svg>
                    {fill(t().student.handed, { from: leg.school.name, to: handed })}
                  </p>
                )}
                {leg.entries.map((entry) => <EntryCard key={entry.id} student={student} entry={entry} onOpen={onOpen} />)}
              </div>
            );
          })}
        </section>
      ))}
    </>
  );
}

export function Timeline({ student, onAdd }: { student: StudentCard; onAdd: () => void }) {
  const pages = useSignal(1);
  const opened = useSignal<Opened>(null);
  const list = useRef<HTMLDivElement>(null);
  const status = (read('status') || undefined) as EntryStatus | undefined;
  const kind = read('kind') || undefined;
  const entries = useEntries(student.id, { status, kind }, pages.value);
  useEffect(() => { pages.value = 1; }, [status, kind]);
  const open = (what: Opened) => { opened.value = what; };
  const close = () => { opened.value = null; };
  const find = (id: string) => entries.data?.items.find((one) => one.id === id);

  useReviewKeys(list, opened.value === null, {
    confirm: (id) => { const one = find(id); if (one && canJudge(student, one)) confirmLater(student.id, one); },
    giveBack: (id) => { const one = find(id); if (one && canJudge(student, one)) open({ what: 'return', entry: one }); },
    help: () => open({ what: 'keys' }),
  });

  const now = opened.value;
  return (
    <section aria-labelledby="portfolio">
      <h2 id="portfolio">{t().student.portfolio}</h2>
      <Filters onKeys={() => open({ what: 'keys' })} />
      <Loaded of={entries} retry={`student/${student.id}/entries`} rows={5}>
        {(data) => data.items.length === 0 ? (
          status || kind ? (
            <Empty title={t().student.nothingFound}>
              <button type="button" class="button" onClick={() => setQuery({ status: '', kind: '' })}>{t().students.clear}</button>
            </Empty>
          ) : (
            <Empty title={t().student.empty} text={t().student.emptyText}>
              {!student.read_only && <button type="button" class="button primary" onClick={onAdd}>{t().student.addEntry}</button>}
            </Empty>
          )
        ) : (
          <div ref={list}>
            <p class="list-count" role="status">{plural(data.total, t().student.count)}</p>
            <Years student={student} entries={data.items} onOpen={open} />
            {data.next && <button type="button" class="button" onClick={() => { pages.value++; }}>{t().common.more}</button>}
          </div>
        )}
      </Loaded>
      {now?.what === 'keys' && <KeysHelp on={reviewKeys} onClose={close} />}
      {now?.what === 'erase' && <EraseEntryDialog student={student.id} entry={now.entry} onClose={close} />}
      {now?.what === 'fix' && <EntryForm student={student.id} replaces={now.entry} onClose={close} />}
      {(now?.what === 'return' || now?.what === 'comment') && (
        <VerdictDialog student={student.id} entry={now.entry} verdict={now.what} onClose={close} />
      )}
    </section>
  );
}
