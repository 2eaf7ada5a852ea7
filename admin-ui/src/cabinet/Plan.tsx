import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import { api, ok, type Course, type Entry } from '../lib/api';
import { useCatalogue, useEntries } from '../lib/data';
import type { Subject } from '../lib/entries';
import { currentPeriod, fill, plural, schoolYear } from '../lib/format';
import { useResource } from '../lib/resource';
import { Scale } from '../charts/Scale';
import { EntryForm, type Preset } from '../parts/EntryForm';
import { Icon } from '../parts/Icon';
import { Empty, Loaded } from '../parts/States';
import { VerdictDialog } from '../parts/VerdictDialog';

type Goal = Course['goals'][number];
// School marks; a target outside is no mark.
const MARKS = { from: 2, to: 5 };

type GoalProps = { goal: Goal; comments: Entry['history']; onStep?: () => void; onComment?: () => void };
function GoalRow({ goal, comments, onStep, onComment }: GoalProps) {
  const catalogue = useCatalogue().data;
  const stage = catalogue?.lists.goal_stage?.items.find((one) => one.code === goal.stage);
  const marks = goal.target === null ? null : fill(t().plan.mark, { target: String(goal.target), actual: goal.actual === null ? '—' : String(goal.actual) });
  return (
    <li class="goal">
      <p class="goal-name"><strong>{goal.goal.title}</strong>{goal.goal.period !== null && <span class="soft"> · {schoolYear(goal.goal.period)}</span>}</p>
      <progress value={goal.percent} max={100} aria-label={goal.goal.title} />
      {goal.target !== null && <Scale {...MARKS} planned={goal.target} actual={goal.actual} summary={marks!} />}
      <p class="soft">
        {stage ? titled(stage.title) : goal.stage} · {goal.percent} %
        {marks && ` · ${marks}`}
        {goal.result && ` · ${goal.result.title}`}
      </p>
      {comments.map((one) => <p key={one.id} class="goal-comment"><q>{one.reason}</q> <span class="soft">{one.by.name}, {one.by.role}</span></p>)}
      <div class="actions">
        {onStep && <button type="button" class="button small" aria-label={`${t().plan.step}: ${goal.goal.title}`} onClick={onStep}>{t().plan.step}</button>}
        {onComment && <button type="button" class="button small quiet" aria-label={`${t().entry.comment}: ${goal.goal.title}`} onClick={onComment}>{t().entry.comment}</button>}
      </div>
    </li>
  );
}

/** The route: what was asked of the family, the goals, and how near each is. */
export function Plan({ id }: { id: string }) {
  const subject: Subject = { about: 'student', id };
  const course = useResource(`student/${id}/route`, () => ok(api.GET('/api/v1/students/{id}/route', { params: { path: { id } } })));
  const answers = useEntries(subject, { kind: 'route_answers' }, 1);
  const open = useSignal<Preset | null>(null);
  const goals = useEntries(subject, { kind: 'goal' }, 1);
  const commented = useSignal<Entry | null>(null);
  const writes = answers.data?.writes ?? [];
  const answered = answers.data?.items.some((one) => one.period === currentPeriod() && one.status === 'confirmed');
  return (
    <>
      {writes.includes('route_answers') && answers.data && !answered && (
        <section class="notice">
          <p class="notice-title">{fill(t().plan.interview, { year: schoolYear(currentPeriod()) })}</p>
          <p>{t().plan.interviewText}</p>
          <button type="button" class="button primary" onClick={() => { open.value = { kind: 'route_answers', stepwise: true }; }}>{t().plan.begin}</button>
        </section>
      )}
      <div class="section-head">
        <h2>{t().plan.goals}</h2>
        {writes.includes('goal') && <button type="button" class={answered ? 'button primary' : 'button'} onClick={() => { open.value = { kind: 'goal' }; }}><Icon name="plus" />{t().plan.addGoal}</button>}
      </div>
      <Loaded of={course} retry={`student/${id}/route`}>
        {(data) => data.goals.length === 0 ? <Empty title={t().plan.empty} text={t().plan.emptyText} /> : (
          <>
            <p class="list-count">{plural(data.planned, t().plan.planned)}, {plural(data.reached, t().plan.reached)}{data.percent !== null && ` · ${data.percent} %`}</p>
            <ul class="goals">
              {data.goals.map((goal) => {
                const entry = goals.data?.items.find((one) => one.id === goal.goal.id);
                return (
                  <GoalRow key={goal.goal.id} goal={goal} comments={entry?.history.filter((one) => one.verdict === 'comment') ?? []}
                    onStep={writes.includes('goal_step') && !goal.reached ? () => { open.value = { kind: 'goal_step', fields: { goal: goal.goal.id } }; } : undefined}
                    onComment={entry?.may?.includes('comment') ? () => { commented.value = entry; } : undefined} />
                );
              })}
            </ul>
          </>
        )}
      </Loaded>
      {answered && (
        <section>
          <h2>{t().plan.answers}</h2>
          <Answers entries={answers.data!.items} />
        </section>
      )}
      {open.value && <EntryForm subject={subject} writes={writes} preset={open.value} onClose={() => { open.value = null; }} />}
      {commented.value && <VerdictDialog subject={subject} entry={commented.value} act="comment" onClose={() => { commented.value = null; }} />}
    </>
  );
}

function Answers({ entries }: { entries: Entry[] }) {
  const kind = useCatalogue().data?.kinds.find((one) => one.code === 'route_answers');
  const entry = entries[0];
  if (!kind || !entry) return null;
  return (
    <dl class="entry-fields">
      {kind.fields.filter((field) => field.code in entry.fields).map((field) => (
        <div key={field.code}><dt>{titled(field.title)}</dt><dd>{String(entry.words[field.code] ?? entry.fields[field.code])}</dd></div>
      ))}
    </dl>
  );
}
