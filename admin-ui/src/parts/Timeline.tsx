import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t, titled } from '../i18n';
import type { Entry, EntryStatus } from '../lib/api';
import { useCatalogue, useEntries } from '../lib/data';
import { keyOf, type About, type Subject } from '../lib/entries';
import { fill, plural, schoolYear } from '../lib/format';
import { reviewKeys, useReviewKeys } from '../lib/keys';
import { confirmLater } from '../lib/pending';
import { route, setQuery } from '../lib/router';
import { is } from '../lib/session';
import { itemsOf } from '../lib/words';
import { EntryCard } from './EntryCard';
import { EntryForm, type Preset } from './EntryForm';
import { EraseEntryDialog } from './EraseDialogs';
import { SelectField } from './Field';
import { Fold } from './Fold';
import { Icon } from './Icon';
import { KeysHelp } from './KeysHelp';
import { Empty, Loaded } from './States';
import { VerdictDialog } from './VerdictDialog';
import { Unsent } from './Unsent';

const STATUSES: EntryStatus[] = ['unconfirmed', 'returned', 'confirmed', 'late', 'conflict', 'retracted', 'unreadable', 'unproven', 'erased'];
const read = (name: string) => route.value.query.get(name) ?? '';

export type Opened = { what: 'return' | 'comment' | 'fix' | 'withdraw' | 'erase' | 'review' | 'expert'; entry: Entry } | { what: 'keys' } | null;
const may = (entry: Entry | undefined, act: 'confirm' | 'return') => entry?.may?.includes(act) ?? false;
const ABOUT = { student: 'student', staff: 'teacher', class: 'class', school: 'school' } as const;

type Narrow = 'section' | 'activity' | 'subject';
// What the entries of each may be narrowed by, besides their kind and state, and the list of its codes.
const NARROW: Record<About, [Narrow, string][]> = {
  student: [['section', 'section'], ['activity', 'activity'], ['subject', 'school_subject']],
  staff: [['subject', 'school_subject']],
  class: [],
  school: [],
};

// In the address `section` is already that of the page.
const inAddress = (name: string) => (name === 'section' ? 'part' : name);
const narrowed = () => Object.fromEntries((['section', 'activity', 'subject'] as const).map((name) => [name, read(inAddress(name)) || undefined]));

function Filters({ subject, onKeys }: { subject: Subject; onKeys?: () => void }) {
  const catalogue = useCatalogue();
  const kinds = (catalogue.data?.kinds ?? []).filter((one) => one.subject === ABOUT[subject.about]);
  return (
    <div class="filters many">
      {NARROW[subject.about].map(([name, list]) => (
        <SelectField key={name} label={t().student.filters[name]} value={read(inAddress(name))} onValue={(value) => setQuery({ [inAddress(name)]: value })}
          options={[{ value: '', text: t().common.all }, ...itemsOf(catalogue.data, list).map((one) => ({ value: one.code, text: titled(one.title) }))]} />
      ))}
      <SelectField label={t().student.filterStatus} value={read('status')} onValue={(value) => setQuery({ status: value })}
        options={[{ value: '', text: t().common.all }, ...STATUSES.map((one) => ({ value: one, text: t().status[one] }))]} />
      <SelectField label={t().student.filterKind} value={read('kind')} onValue={(value) => setQuery({ kind: value })}
        options={[{ value: '', text: t().student.allKinds }, ...kinds.map((one) => ({ value: one.code, text: titled(one.title) }))]} />
      {onKeys && <button type="button" class="button quiet keys-button" onClick={onKeys}><Icon name="keys" />{t().student.keys}</button>}
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

type ListProps = { subject: Subject; entries: Entry[]; reviews: boolean; names: boolean; onOpen: (what: Opened) => void };
function Years({ subject, entries, reviews, names, onOpen }: ListProps) {
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
                {leg.entries.map((entry) => <EntryCard key={entry.id} subject={subject} entry={entry} onOpen={onOpen} reviews={reviews && entry.kind === 'achievement'} names={names && entry.kind === 'achievement'} />)}
              </div>
            );
          })}
        </section>
      ))}
    </>
  );
}

/** kind: the only one that is told of here; there is nothing to filter then. */
type Props = { subject: Subject; kind?: string; title: string; empty: string; emptyText?: string };
/** All entries of a student, a member of staff, a class or the school, with what may be done with each. */
export function Timeline({ subject, kind: only, title, empty, emptyText }: Props) {
  const pages = useSignal(1);
  const opened = useSignal<Opened>(null);
  const adding = useSignal<Preset | 'any' | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const status = (read('status') || undefined) as EntryStatus | undefined;
  const kind = only ?? (read('kind') || undefined);
  const query = { status, kind, ...narrowed() };
  const filtered = Object.values({ ...query, kind: only ? undefined : kind }).some(Boolean);
  const entries = useEntries(subject, query, pages.value);
  useEffect(() => { pages.value = 1; }, [JSON.stringify(query)]);
  // Who comes from the news comes to the entry.
  const told = read('entry');
  useEffect(() => {
    if (told && entries.data) list.current?.querySelector<HTMLElement>(`[data-entry="${CSS.escape(told)}"]`)?.focus();
  }, [told, entries.data === null]);
  const open = (what: Opened) => { opened.value = what; };
  const close = () => { opened.value = null; };
  const find = (id: string) => entries.data?.items.find((one) => one.id === id);
  const judges = entries.data?.items.some((one) => may(one, 'confirm')) ?? false;
  const writes = (entries.data?.writes ?? []).filter((one) => !only || one === only);
  // What a family comes for stands first: one touch to the form of an achievement.
  const quick = is('student', 'parent') && writes.includes('achievement');
  const add = writes.length > 0 && (
    <div class="actions">
      {quick && <button type="button" class="button primary" onClick={() => { adding.value = { kind: 'achievement' }; }}><Icon name="plus" />{t().student.addAchievement}</button>}
      <button type="button" class={quick ? 'button quiet' : 'button primary'} onClick={() => { adding.value = 'any'; }}>{quick ? t().student.addOther : <><Icon name="plus" />{t().student.addEntry}</>}</button>
    </div>
  );

  useReviewKeys(list, opened.value === null && adding.value === null, {
    confirm: (id) => { const one = find(id); if (one && may(one, 'confirm')) confirmLater(subject, one); },
    giveBack: (id) => { const one = find(id); if (one && may(one, 'return')) open({ what: 'return', entry: one }); },
    help: () => open({ what: 'keys' }),
  });

  const now = opened.value;
  return (
    <section aria-labelledby="portfolio">
      <div class="section-head"><h2 id="portfolio">{title}</h2>{add}</div>
      <Unsent subject={subject} writes={writes} />
      {!only && <Fold title={t().student.narrow} open={filtered}>
        <Filters subject={subject} onKeys={judges ? () => open({ what: 'keys' }) : undefined} />
      </Fold>}
      <Loaded of={entries} retry={`${keyOf(subject)}/entries`} rows={5}>
        {(data) => data.items.length === 0 ? (
          filtered ? (
            <Empty title={t().student.nothingFound}>
              <button type="button" class="button" onClick={() => setQuery(Object.fromEntries(Object.keys(query).map((one) => [inAddress(one), ''])))}>{t().students.clear}</button>
            </Empty>
          ) : <Empty title={empty} text={emptyText}>{add}</Empty>
        ) : (
          <div ref={list}>
            <p class="list-count" role="status">{plural(data.total, t().student.count)}</p>
            <Years subject={subject} entries={data.items} onOpen={open} reviews={writes.includes('expert_review')} names={writes.includes('expertise')} />
            {data.next && <button type="button" class="button" onClick={() => { pages.value++; }}>{t().common.more}</button>}
          </div>
        )}
      </Loaded>
      {adding.value && <EntryForm subject={subject} writes={writes} preset={adding.value === 'any' ? undefined : adding.value} onClose={() => { adding.value = null; }} />}
      {now?.what === 'keys' && <KeysHelp on={reviewKeys} onClose={close} />}
      {now?.what === 'review' && <EntryForm subject={subject} writes={writes} preset={{ kind: 'expert_review', fields: { entry: now.entry.id } }} onClose={close} />}
      {now?.what === 'expert' && <EntryForm subject={subject} writes={writes} preset={{ kind: 'expertise', fields: { entry: now.entry.id } }} onClose={close} />}
      {now?.what === 'erase' && <EraseEntryDialog student={subject.id} entry={now.entry} onClose={close} />}
      {now?.what === 'fix' && <EntryForm subject={subject} writes={writes} replaces={now.entry} onClose={close} />}
      {(now?.what === 'return' || now?.what === 'comment' || now?.what === 'withdraw') && (
        <VerdictDialog subject={subject} entry={now.entry} act={now.what} onClose={close} />
      )}
    </section>
  );
}
