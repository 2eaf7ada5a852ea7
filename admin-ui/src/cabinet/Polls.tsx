import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { api, ok, type Poll } from '../lib/api';
import type { Subject } from '../lib/entries';
import { date, fill, fullName, hundredths } from '../lib/format';
import { useResource } from '../lib/resource';
import { me } from '../lib/session';
import { EntryForm, type Preset } from '../parts/EntryForm';
import { Loaded } from '../parts/States';

/** Observations asked for: what came so far, and one's own answer where it is wanted. */
export function Polls({ id, writes }: { id: string; writes: string[] }) {
  const subject: Subject = { about: 'student', id };
  const polls = useResource(`student/${id}/polls`, () => ok(api.GET('/api/v1/students/{id}/polls', { params: { path: { id } } })));
  const open = useSignal<Preset | null>(null);
  const wanted = (poll: Poll) => poll.open && poll.asked.some((one) => one.person.id === me().person && !one.answered);
  const answer = (poll: Poll): Preset => ({ kind: 'observation', fields: { poll: poll.poll.id }, only: { marks: poll.means.map((one) => one.code) } });
  return (
    <section>
      <div class="section-head">
        <h2>{t().polls.title}</h2>
        {writes.includes('poll') && <button type="button" class="button" onClick={() => { open.value = { kind: 'poll' }; }}>{t().polls.ask}</button>}
      </div>
      <Loaded of={polls} retry={`student/${id}/polls`} rows={2}>
        {(data) => data.items.length === 0 ? <p class="soft">{t().polls.empty}</p> : (
          <ul class="rows">
            {data.items.map((one) => (
              <li key={one.poll.id} class="row">
                <span>
                  <strong>{fill(t().polls.answered, { n: String(one.answered), of: String(one.of) })}</strong> · {fill(t().work.due, { date: date(String(one.poll.fields.deadline)) })}<br />
                  <span class="soft">
                    {one.means.map((m) => `${m.title}: ${m.mean === null ? '—' : `${hundredths(m.mean)} (${m.n})`}`).join('; ')}<br />
                    {fill(t().polls.waitsFor, { names: one.asked.filter((a) => !a.answered).map((a) => fullName(a.person)).join(', ') || '—' })}
                  </span>
                </span>
                {wanted(one) && <button type="button" class="button primary" onClick={() => { open.value = answer(one); }}>{t().polls.answer}</button>}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {open.value && <EntryForm subject={subject} writes={writes} preset={open.value} onClose={() => { open.value = null; }} />}
    </section>
  );
}
