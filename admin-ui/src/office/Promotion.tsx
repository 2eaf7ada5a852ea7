// The turn of the year: a proposal that is corrected in place, then one act that can be taken back.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { st } from '../i18n/staff';
import { act, api, ok } from '../lib/api';
import { useForm } from '../lib/form';
import { fill, fullName, number, plural, schoolYear } from '../lib/format';
import { LETTERS } from '../lib/letters';
import { useClasses } from '../lib/people';
import { refresh, useResource } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { FormActions } from '../parts/FormActions';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';
import { Progress } from '../parts/Progress';
import { Changes } from './Changes';
import type { Person } from './MembersField';
import { StudentPicker } from './StudentPicker';

type Proposed = { id: string; now: string; becomes: string | null; students: number };
type What = 'turn' | 'leave' | 'keep';
type Turn = { what: What; name: string };
type Exception = Person & { to: string };
const LEAVES = '';
const WHATS: What[] = ['turn', 'leave', 'keep'];

const turnOf = (one: Proposed): Turn => ({ what: one.becomes === null ? 'leave' : 'turn', name: one.becomes ?? '' });

type RowProps = { group: Proposed; turn: Turn; error?: string; onValue: (part: Partial<Turn>) => void };
function Row({ group, turn, error, onValue }: RowProps) {
  const words = st().promotion;
  // On a telephone a class is a line that says what becomes of it, and unfolds to be corrected.
  const open = useSignal(false);
  const folded = !open.value && !error;
  return (
    <tr class={folded ? `${turn.what} folded` : turn.what}>
      <th scope="row">
        <span class="unfolded">{group.now}</span>
        <button type="button" class="unfold" aria-expanded={!folded} onClick={() => { open.value = folded; }}>
          <strong>{group.now}</strong> {turn.what === 'turn' ? <>→ {turn.name}</> : words.what[turn.what]}
          <span class="soft">{plural(group.students, words.pupils)}</span>
        </button>
      </th>
      <td class="num">{number(group.students)}</td>
      <td data-label={words.becomes}>
        <select aria-label={fill(words.whatOf, { name: group.now })} value={turn.what} onChange={(e) => onValue({ what: e.currentTarget.value as What })}>
          {WHATS.map((one) => <option key={one} value={one}>{words.what[one]}</option>)}
        </select>
      </td>
      <td data-label={turn.what === 'turn' ? words.name : undefined}>
        {turn.what === 'turn' && (
          <input type="text" maxLength={LETTERS.group} autocomplete="off" aria-label={fill(words.nameOf, { name: group.now })} aria-invalid={error ? 'true' : undefined} value={turn.name}
            onInput={(e) => onValue({ name: e.currentTarget.value })} />
        )}
        {error && <p class="error">{error}</p>}
      </td>
    </tr>
  );
}

function Exceptions({ of, names, onValue }: { of: Exception[]; names: string[]; onValue: (all: Exception[]) => void }) {
  const words = st().promotion;
  return (
    <section aria-labelledby="exceptions">
      <h2 id="exceptions">{words.exceptions}</h2>
      <p class="hint">{words.exceptionsText}</p>
      <ul class="rows">
        {of.map((one) => (
          <li key={one.id} class="row">
            <span><strong>{fullName(one)}</strong></span>
            <select aria-label={`${words.exceptionTo}: ${fullName(one)}`} value={one.to} onChange={(e) => onValue(of.map((other) => (other.id === one.id ? { ...one, to: e.currentTarget.value } : other)))}>
              {names.map((name) => <option key={name} value={name}>{name}</option>)}
              <option value={LEAVES}>{words.exceptionLeaves}</option>
            </select>
            <button type="button" class="icon-button" aria-label={fill(words.removeException, { name: fullName(one) })} onClick={() => onValue(of.filter((other) => other.id !== one.id))}><Icon name="cross" size={16} /></button>
          </li>
        ))}
      </ul>
      <div class="narrow">
        <StudentPicker label={words.addException} without={of.map((one) => one.id)}
          onPick={({ id, family, given, patronymic, class: own }) => onValue([...of, { id, family, given, patronymic, to: names.includes(own) ? own : LEAVES }])} />
      </div>
    </section>
  );
}

type Body = { year: number; classes: Record<string, string | null>; exceptions: Record<string, string | null> };
function Sure({ body, onDone, onClose }: { body: Body; onDone: (text: string) => void; onClose: () => void }) {
  const form = useForm();
  const words = st().promotion;
  const all = Object.values(body.classes);
  const leaving = all.filter((one) => one === null).length;
  const exceptions = Object.keys(body.exceptions).length;
  const send = async () => {
    const made = await ok(api.POST('/api/v1/promotions', { params: { header: act() }, body }));
    refresh();
    onDone(fill(words.done, { classes: plural(made.classes, words.classes), students: plural(made.students, words.pupils) }));
  };
  return (
    <Dialog title={words.sure} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send)}>
        <ErrorSummary errors={form.errors()} />
        <p class="quoted">{fill(words.year, { year: schoolYear(body.year) })}</p>
        <ul class="plain-list">
          {all.length > leaving && <li>{plural(all.length - leaving, words.sureTurn)}</li>}
          {leaving > 0 && <li>{plural(leaving, words.sureLeave)}</li>}
          {exceptions > 0 && <li>{plural(exceptions, words.sureException)}</li>}
        </ul>
        {form.busy() && <Progress text={words.working} />}
        <FormActions busy={form.busy()} submit={words.apply} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

function Editor({ year, classes, onDone }: { year: number; classes: Proposed[]; onDone: () => void }) {
  const turns = useSignal<Record<string, Turn>>({});
  const exceptions = useSignal<Exception[]>([]);
  const asked = useSignal<Body | null>(null);
  const form = useForm();
  const known = useClasses('class').data ?? [];
  const words = st().promotion;
  const turn = (one: Proposed) => turns.value[one.id] ?? turnOf(one);
  // After the turn, or after it was taken back, the proposal is another.
  const proposal = JSON.stringify(classes);
  useEffect(() => { turns.value = {}; exceptions.value = []; }, [proposal]);

  const nameAfter = (one: Proposed) => (turn(one).what === 'turn' ? turn(one).name.trim() : turn(one).what === 'keep' ? one.now : '');
  const names = [...new Set([...classes.map(nameAfter), ...classes.map((one) => one.now), ...known.map((one) => one.name)].filter(Boolean))];
  const check = async () => {
    const found: Record<string, string> = {};
    for (const one of classes) {
      const name = nameAfter(one);
      if (turn(one).what === 'turn' && !name) found[one.id] = fill(words.noName, { name: one.now });
      else if (name && classes.some((other) => other !== one && nameAfter(other) === name)) found[one.id] = fill(words.twice, { name });
    }
    const moved = classes.filter((one) => turn(one).what !== 'keep');
    if (!moved.length) found[''] = words.nothing;
    if (Object.keys(found).length) return form.set(found);
    asked.value = {
      year, classes: Object.fromEntries(moved.map((one) => [one.id, turn(one).what === 'leave' ? null : nameAfter(one)])),
      exceptions: Object.fromEntries(exceptions.value.map((one) => [one.id, one.to || null])),
    };
  };
  return (
    <form noValidate onSubmit={form.submit(check)}>
      <ErrorSummary errors={[...new Set(form.errors())]} />
      <h2>{fill(words.year, { year: schoolYear(year) })}</h2>
      <table class="table cards promotion">
        <thead><tr><th scope="col">{words.now}</th><th scope="col" class="num">{words.students}</th><th scope="col">{words.becomes}</th><th scope="col">{words.name}</th></tr></thead>
        <tbody>
          {classes.map((one) => (
            <Row key={one.id} group={one} turn={turn(one)} error={form.of(one.id)} onValue={(part) => { turns.value = { ...turns.value, [one.id]: { ...turn(one), ...part } }; }} />
          ))}
        </tbody>
      </table>
      <Exceptions of={exceptions.value} names={names} onValue={(all) => { exceptions.value = all; }} />
      <div class="actions"><button type="submit" class="button primary">{words.apply}…</button></div>
      {asked.value && <Sure body={asked.value} onClose={() => { asked.value = null; }} onDone={(text) => { asked.value = null; toast(text); onDone(); }} />}
    </form>
  );
}

export function Promotion() {
  const proposal = useResource('classes/promotion', () => ok(api.GET('/api/v1/promotions')));
  const words = st().promotion;
  return (
    <Page title={words.title} lead={words.lead} above={<Link href="/classes" class="back"><Icon name="left" size={16} />{st().groups.back}</Link>}>
      <Loaded of={proposal} retry="classes/promotion">
        {(data) => data.classes.length === 0
          ? <Empty title={words.empty} text={words.emptyText}><Link href="/classes?dialog=new" class="button primary">{st().groups.add}</Link></Empty>
          : <Editor year={data.year} classes={data.classes} onDone={() => document.getElementById('changes')?.scrollIntoView()} />}
      </Loaded>
      <Changes />
    </Page>
  );
}
