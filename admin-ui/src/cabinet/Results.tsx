import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import { api, ok, type AnalyticCard, type Catalogue } from '../lib/api';
import { useCatalogue, useEntries } from '../lib/data';
import type { Subject } from '../lib/entries';
import { fill, hundredths, schoolYear } from '../lib/format';
import { useResource } from '../lib/resource';
import { word } from '../lib/words';
import { Line } from '../charts/Line';
import { Radar } from '../charts/Radar';
import { Shares } from '../charts/Shares';
import { Trend } from '../charts/Trend';
import { EntryForm, type Preset } from '../parts/EntryForm';
import { Mark } from '../parts/Mark';
import { Empty, Loaded } from '../parts/States';
import { Polls } from './Polls';

type Competence = AnalyticCard['competences'][number];
const TOP = 300;

const useCard = (id: string) =>
  useResource(`student/${id}/card`, () => ok(api.GET('/api/v1/students/{id}/card', { params: { path: { id } } })));

/** The last two years that anything was rated in, the later first. */
const lastYears = (card: AnalyticCard) =>
  [...new Set(card.competences.flatMap((one) => one.years.filter((y) => y.mean !== null).map((y) => y.period)))].sort((a, b) => b - a).slice(0, 2);

/** Means of the groups, each in its latest year but one as well: the axes of the radar, now and before. */
function byGroup(card: AnalyticCard, catalogue: Catalogue) {
  const [now, before] = lastYears(card);
  const groups = new Map<string, Competence[]>();
  for (const one of card.competences) groups.set(one.group ?? '', [...(groups.get(one.group ?? '') ?? []), one]);
  const mean = (of: Competence[], upTo: number | undefined) => {
    // What was not rated that year keeps the level it last had.
    const means = upTo === undefined ? [] : of.map((one) => [...one.years].reverse().find((y) => y.period <= upTo && y.mean !== null)?.mean ?? null).filter((m): m is number => m !== null);
    return means.length ? means.reduce((a, b) => a + b, 0) / means.length : null;
  };
  return [...groups].map(([group, of]) => ({ title: group ? word(catalogue, 'competence_group', group) : t().results.noGroup, mean: mean(of, now), before: mean(of, before) }))
    .filter((one): one is { title: string; mean: number; before: number | null } => one.mean !== null);
}

function Indicator({ card }: { card: AnalyticCard }) {
  const last = card.indicators[card.indicators.length - 1];
  if (!last) return null;
  const rule = card.rules.find((one) => one.code === 'indicator');
  return (
    <div class="figure">
      <p class="figure-value">{hundredths(last.value)}<span> {t().results.of100}</span></p>
      <p>{rule && titled(rule.title)}, {schoolYear(last.period)}</p>
      <Trend of={card.indicators.map((one) => ({ label: schoolYear(one.period), value: one.value, text: hundredths(one.value) }))} top={10000}
        summary={card.indicators.map((one) => `${schoolYear(one.period)}: ${hundredths(one.value)}`).join('; ')} />
    </div>
  );
}

function Groups({ card, catalogue }: { card: AnalyticCard; catalogue: Catalogue }) {
  const axes = byGroup(card, catalogue);
  const [, before] = lastYears(card);
  if (axes.length < 3) return null;
  const then = before !== undefined && axes.every((one) => one.before !== null);
  return (
    <div class="figure">
      <Radar axes={axes.map((one) => ({ label: one.title, value: one.mean / TOP, before: then ? one.before! / TOP : undefined }))}
        summary={axes.map((one) => `${one.title}: ${hundredths(one.mean)}`).join('; ')} />
      <ol class="legend">
        {axes.map((one) => <li key={one.title}>{one.title} <strong>{hundredths(one.mean)}</strong>{then && one.before !== one.mean && <span class="soft"> {fill(t().results.was, { n: hundredths(one.before!) })}</span>}</li>)}
      </ol>
      {then && <p class="hint">{fill(t().results.dashed, { year: schoolYear(before) })}</p>}
    </div>
  );
}

function Competences({ card, catalogue }: { card: AnalyticCard; catalogue: Catalogue }) {
  const years = [...new Set(card.competences.flatMap((one) => one.years.map((y) => y.period)))].sort();
  const groups = [...new Set(card.competences.map((one) => one.group))];
  const title = (code: string | null) => (code ? word(catalogue, 'competence_group', code) : t().results.noGroup);
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={t().results.competences}>
      <table class="plain stacked">
        <thead>
          <tr>
            <th scope="col">{t().results.competence}</th>
            {years.map((one) => <th key={one} scope="col" class="num">{schoolYear(one)}</th>)}
            <th scope="col">{t().results.dynamics}</th>
          </tr>
        </thead>
        {groups.map((group) => (
          <tbody key={group}>
            <tr><th scope="colgroup" colSpan={years.length + 2} class="group">{title(group)}</th></tr>
            {card.competences.filter((one) => one.group === group).map((one) => {
              const of = (period: number) => one.years.find((y) => y.period === period);
              return (
                <tr key={one.code}>
                  <th scope="row">{one.title}</th>
                  {years.map((period) => {
                    const cell = of(period);
                    const none = !cell || cell.mean === null;
                    return <td key={period} class={`num${cell?.deviates ? ' deviates' : ''}${none ? ' none' : ''}`} data-label={schoolYear(period)}>{none ? '—' : hundredths(cell.mean!)}</td>;
                  })}
                  <td class="spark"><Line values={years.map((period) => of(period)?.mean ?? null)} top={TOP} summary={years.map((p) => `${schoolYear(p)}: ${of(p)?.mean === undefined || of(p)?.mean === null ? '—' : hundredths(of(p)!.mean!)}`).join('; ')} /></td>
                </tr>
              );
            })}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Portfolio({ card, catalogue }: { card: AnalyticCard; catalogue: Catalogue }) {
  const { portfolio } = card;
  if (!portfolio.confirmed) return null;
  return (
    <section>
      <h2>{t().results.portfolio}</h2>
      <p>
        {portfolio.leading && <>{fill(t().results.leading, { activity: word(catalogue, 'activity', portfolio.leading) })} </>}
        {portfolio.one_sided && <Mark tone="wait" shape="clock" text={t().results.oneSided} />}
      </p>
      <div class="two">
        <Shares label={t().results.bySection} of={portfolio.sections.map((one) => ({ ...one, title: titled(one.title) }))} />
        <Shares label={t().results.byActivity} of={portfolio.activities.map((one) => ({ ...one, title: titled(one.title) }))} />
      </div>
    </section>
  );
}

function Deviations({ card, onClose }: { card: AnalyticCard; onClose?: (code: string, period: number) => void }) {
  if (!card.deviations.length) return null;
  return (
    <section>
      <h2>{t().results.deviations}</h2>
      <ul class="rows">
        {card.deviations.map((one) => (
          <li key={`${one.code}${one.period}`} class="row">
            <span><strong>{one.title}</strong> · {schoolYear(one.period)}<br />
              {fill(t().results.apart, { external: one.external === null ? '—' : hundredths(one.external), own: one.own === null ? '—' : hundredths(one.own) })}</span>
            {one.handled ? <Mark tone="good" shape="check" text={t().results.handled} />
              : onClose && <button type="button" class="button small" onClick={() => onClose(one.code, one.period)}>{t().results.seeTo}</button>}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Results({ id }: { id: string }) {
  const subject: Subject = { about: 'student', id };
  const card = useCard(id);
  const catalogue = useCatalogue();
  const writes = useEntries(subject, { kind: 'deviation' }, 1).data?.writes ?? [];
  const open = useSignal<Preset | null>(null);
  const seeTo = writes.includes('deviation') ? (code: string) => { open.value = { kind: 'deviation', fields: { competence: code, closed: true } }; } : undefined;
  return (
    <>
      {writes.includes('observation') && <Polls id={id} writes={writes} />}
      <Card id={id} card={card} catalogue={catalogue} onClose={seeTo} />
      {open.value && <EntryForm subject={subject} writes={writes} preset={open.value} onClose={() => { open.value = null; }} />}
    </>
  );
}

/** The analytic card: figures beside the rules that made them. */
type CardProps = { id: string; card: ReturnType<typeof useCard>; catalogue: ReturnType<typeof useCatalogue>; onClose?: (code: string) => void };
function Card({ id, card, catalogue, onClose }: CardProps) {
  return (
    <Loaded of={card} retry={`student/${id}/card`} rows={5}>
      {(data) => !catalogue.data ? null : data.competences.length === 0 && data.portfolio.confirmed === 0 ? (
        <Empty title={t().results.empty} text={t().results.emptyText} />
      ) : (
        <>
          <div class="figures"><Indicator card={data} /><Groups card={data} catalogue={catalogue.data} /></div>
          <Deviations card={data} onClose={onClose} />
          {data.competences.length > 0 && <section><h2>{t().results.competences}</h2><Competences card={data} catalogue={catalogue.data} /></section>}
          <Portfolio card={data} catalogue={catalogue.data} />
          {data.recommendations.length > 0 && (
            <section>
              <h2>{t().results.recommendations}</h2>
              <ul class="rows">{data.recommendations.map((one) => <li key={one.id} class="row"><span><strong>{one.title}</strong><br />{String(one.fields.content ?? '')}<br /><span class="soft">{one.by.name}, {one.by.role}</span></span></li>)}</ul>
            </section>
          )}
          <details class="rules">
            <summary>{t().results.rules}</summary>
            <dl>{data.rules.map((one) => <div key={one.code}><dt>{titled(one.title)} · {fill(t().results.version, { n: String(one.version) })}</dt><dd>{titled(one.text)}</dd></div>)}</dl>
          </details>
        </>
      )}
    </Loaded>
  );
}
