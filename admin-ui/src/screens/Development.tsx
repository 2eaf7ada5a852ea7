import { useSignal } from '@preact/signals';
import { st } from '../i18n/staff';
import { api, ok } from '../lib/api';
import { useEntries } from '../lib/data';
import type { Subject } from '../lib/entries';
import { date, fill } from '../lib/format';
import { useResource } from '../lib/resource';
import { EntryForm, type Preset } from '../parts/EntryForm';
import { Mark } from '../parts/Mark';
import { Empty, Loaded } from '../parts/States';

/** What the latest self-rating found weak, and what is done about each. */
export function Development({ id }: { id: string }) {
  const subject: Subject = { about: 'staff', id };
  const key = `staff/${id}/development`;
  const plan = useResource(key, () => ok(api.GET('/api/v1/staff/{id}/development', { params: { path: { id } } })));
  const writes = useEntries(subject, { kind: 'development_step' }, 1).data?.writes ?? [];
  const open = useSignal<Preset | null>(null);
  const rate = (text: string) => writes.includes('self_rating') && (
    <button type="button" class="button" onClick={() => { open.value = { kind: 'self_rating' }; }}>{text}</button>
  );
  return (
    <>
      <Loaded of={plan} retry={key}>
        {(data) => !data.rating ? <Empty title={st().own.noRating} text={st().own.noRatingText}>{rate(st().own.rateSelf)}</Empty> : (
          <>
            <div class="section-head"><p>{fill(st().own.ratedAt, { date: date(data.rating.time) })}</p>{rate(st().own.rateAgain)}</div>
            {data.areas.length === 0 ? <Empty title={st().own.strong} text={st().own.strongText} /> : (
              <ul class="goals">
                {data.areas.map((one) => (
                  <li key={one.code} class="goal">
                    <p class="goal-name"><strong>{one.title}</strong><span class="soft"> · {fill(st().own.level, { n: String(one.level) })}</span></p>
                    {one.steps.length === 0 ? <p class="soft">{st().own.noSteps}</p> : (
                      <ul class="rows">
                        {one.steps.map((step) => (
                          <li key={step.id} class="row">
                            <span>{String(step.fields.action ?? '')}{step.fields.due && <span class="soft"> · {fill(st().own.due, { date: date(String(step.fields.due)) })}</span>}</span>
                            {step.fields.done === true && <Mark tone="good" shape="check" text={st().own.done} />}
                          </li>
                        ))}
                      </ul>
                    )}
                    {writes.includes('development_step') && (
                      <button type="button" class="button small" aria-label={`${st().own.addStep}: ${one.title}`} onClick={() => { open.value = { kind: 'development_step', fields: { item: one.code } }; }}>{st().own.addStep}</button>
                    )}
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
      </Loaded>
      {open.value && <EntryForm subject={subject} writes={writes} preset={open.value} onClose={() => { open.value = null; }} />}
    </>
  );
}
