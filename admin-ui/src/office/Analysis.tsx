import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import { api, ok, type Analysis as Figures } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { currentPeriod, fill, hundredths, number, schoolYear } from '../lib/format';
import { SCHOOL } from '../lib/items';
import { useResource } from '../lib/resource';
import { route, setQuery } from '../lib/router';
import { is } from '../lib/session';
import { Bars } from '../charts/Bars';
import { SelectField } from '../parts/Field';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';
import { Tabs } from '../parts/Tabs';
import { Timeline } from '../parts/Timeline';

const YEARS_BACK = 8;
const TOP_INDICATOR = 10000;
const TOP_LEVEL = 300;
type Total = Figures['total'];

const shown = (value: number | null) => (value === null ? st().analysis.none : hundredths(value));
const COLUMNS = ['students', 'confirmed', 'waiting', 'returned', 'rated', 'indicator', 'deviations', 'oneSided', 'goals'] as const;
function cell(of: Total, column: (typeof COLUMNS)[number]) {
  switch (column) {
    case 'indicator': return shown(of.indicator);
    case 'goals': return of.goals ? fill(st().analysis.reachedOf, { reached: number(of.reached), goals: number(of.goals) }) : st().analysis.none;
    case 'oneSided': return number(of.one_sided);
    default: return number(of[column]);
  }
}

function Row({ of, name, href }: { of: Total; name: string; href?: string }) {
  return (
    <tr>
      <th scope="row">{href ? <Link href={href}>{name}</Link> : name}</th>
      {COLUMNS.map((one) => (
        <td key={one} class="num">
          {cell(of, one)}
          {one === 'indicator' && of.indicator !== null && <span class="cell-bar" aria-hidden="true"><span style={{ inlineSize: `${(100 * of.indicator) / TOP_INDICATOR}%` }} /></span>}
        </td>
      ))}
    </tr>
  );
}

/** The numbers, all of them, so that no picture has to be believed. */
function Numbers({ data, title }: { data: Figures; title: string }) {
  const words = st().analysis;
  return (
    <section aria-labelledby="classes">
      <h2 id="classes">{words.classes}</h2>
      <p class="hint">{words.indicatorsText}</p>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={words.classes}>
        <table class="plain figures-table">
          <thead><tr><th scope="col">{words.columns.class}</th>{COLUMNS.map((one) => <th key={one} scope="col" class="num">{words.columns[one]}</th>)}</tr></thead>
          <tbody>{data.classes.map((one) => <Row key={one.id} of={one} name={one.pilot ? `${one.name} · ${st().groups.pilotTag}` : one.name} href={`/classes/${one.id}`} />)}</tbody>
          <tfoot><Row of={data.total} name={title} /></tfoot>
        </table>
      </div>
    </section>
  );
}

function Groups({ of }: { of: Total['groups'] }) {
  const groups = useCatalogue().data?.lists.competence_group?.items ?? [];
  const words = st().analysis;
  const word = (code: string) => titled(groups.find((one) => one.code === code)?.title ?? { ru: code, en: code });
  return (
    <section aria-labelledby="groups">
      <h2 id="groups">{words.groups}</h2>
      <Bars label={words.groupsText} top={TOP_LEVEL} of={of.map((one) => ({ key: one.code, title: word(one.code), value: one.mean, text: shown(one.mean) }))} />
    </section>
  );
}

function Attention({ of }: { of: Total }) {
  const words = st().analysis;
  const facts = [[of.waiting, words.waitingText], [of.deviations, words.deviationsText], [of.one_sided, words.oneSidedText]] as const;
  return (
    <section aria-labelledby="attention">
      <h2 id="attention">{words.attention}</h2>
      <ul class="outcomes">{facts.map(([count, text]) => <li key={text}><span class="outcome-count">{number(count)}</span><span class="soft">{text}</span></li>)}</ul>
      <p>{words.goals}: {fill(words.goalsText, { reached: number(of.reached), goals: number(of.goals) })}</p>
    </section>
  );
}

function Rules({ rules }: { rules: Figures['rules'] }) {
  return (
    <details class="rules">
      <summary>{t().results.rules}</summary>
      {rules.map((one) => <p key={one.code}><strong>{titled(one.title)}</strong>, {fill(t().results.version, { n: String(one.version) })}. {titled(one.text)}</p>)}
    </details>
  );
}

function InFigures() {
  const period = Number(route.value.query.get('period')) || currentPeriod();
  const analysis = useResource(`analysis/${period}`, () => ok(api.GET('/api/v1/analysis', { params: { query: { period } } })));
  const words = st().analysis;
  const title = is('administrator') ? words.total : words.mine;
  const years = Array.from({ length: YEARS_BACK + 1 }, (_, i) => currentPeriod() - i);
  if (!years.includes(period)) years.push(period);
  return (
    <>
      <form class="filters bar" role="search" onSubmit={(event) => event.preventDefault()}>
        <SelectField label={words.year} value={String(period)} onValue={(one) => setQuery({ period: one === String(currentPeriod()) ? '' : one })} options={years.map((one) => ({ value: String(one), text: schoolYear(one) }))} />
        <a class="button" href={`/api/v1/analysis/page?period=${period}`} target="_blank" rel="noreferrer"><Icon name="paper" />{words.print}</a>
      </form>
      <Loaded of={analysis} retry="analysis" rows={6}>
        {(data) => {
          const { total } = data;
          if (data.classes.length === 0) return <Empty title={is('administrator') ? words.empty : words.noClasses} text={is('administrator') ? words.emptyText : words.noClassesText} />;
          return (
            <>
              <p class="summary" role="status">
                <strong>{title}, {schoolYear(data.period)}.</strong>{' '}
                {fill(words.summary, { students: number(total.students), confirmed: number(total.confirmed), waiting: number(total.waiting), rated: number(total.rated), indicator: shown(total.indicator) })}
              </p>
              <div class="two">
                <Attention of={total} />
                <Groups of={total.groups} />
              </div>
              <Numbers data={data} title={title} />
              <Rules rules={data.rules} />
            </>
          );
        }}
      </Loaded>
    </>
  );
}

/** Classes and the school: in figures, for class teachers and tutors of their own classes; the administrator's notes in words. */
export function Analysis() {
  const words = st().analysis;
  const notes = is('administrator') && route.value.query.get('tab') === 'notes';
  return (
    <Page title={words.title} lead={words.lead}>
      {is('administrator') && (
        <Tabs label={words.title} tabs={(['figures', 'notes'] as const).map((one) => ({ href: one === 'notes' ? '/analysis?tab=notes' : '/analysis', text: words.tabs[one], count: 0, current: (one === 'notes') === notes }))} />
      )}
      {notes ? <Timeline subject={SCHOOL} kind="analysis_note" title={words.notes} empty={words.notesEmpty} emptyText={words.notesEmptyText} /> : <InFigures />}
    </Page>
  );
}
