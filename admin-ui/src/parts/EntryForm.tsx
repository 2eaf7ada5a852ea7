// A form drawn from the catalogue: the kind says which fields there are, the node which kinds one may write.
import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import type { Catalogue, Kind, KindField } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { useDraft } from '../lib/drafts';
import { isEmpty, keyOf, type Values } from '../lib/entries';
import { useForm } from '../lib/form';
import { currentPeriod, fill, schoolYear } from '../lib/format';
import { refresh } from '../lib/resource';
import { is } from '../lib/session';
import { toast } from '../lib/toast';
import { done } from '../lib/undo';
import { useUnfinished } from '../lib/unfinished';
import { missing, useWriting, type Written } from '../lib/writing';
import { CatalogueField } from './CatalogueField';
import { Conflict } from './Conflict';
import { Dialog } from './Dialog';
import { DraftNote } from './DraftNote';
import { ErrorSummary } from './ErrorSummary';
import { SelectField } from './Field';
import { SubmitButton } from './FormActions';
import { Loaded } from './States';

const YEARS_BACK = 11;
const AT_A_TIME = 4;
// Fewer fields than these are not worth hiding behind a click.
const FEW = 5;

/** only: of a list's codes, those that are asked for. stepwise: a few questions at a time. */
export type Preset = { kind: string; fields?: Values; only?: Record<string, string[]>; stepwise?: boolean };
export type Opening = Written & { writes: string[]; preset?: Preset };
type Props = Opening & { onClose: () => void };

/**
 * Kinds that a person can fill in by themselves: what must name another entry is opened from that entry, and a family
 * that is called to rate within a class's procedure does so in its table.
 */
const choosable = (catalogue: Catalogue, writes: string[]) => catalogue.kinds
  .filter((kind) => writes.includes(kind.code) && kind.fields.every((field) => field.type !== 'entry' || !(field.required || (field.of && is('student', 'parent')))));

/** What is asked at once, and what only of those who want to say more. */
function split(fields: KindField[], values: Values): [KindField[], KindField[]] {
  const first = (one: KindField) => one.required || one.type === 'files' || one.code === 'date' || !isEmpty(values[one.code]);
  const more = fields.filter((one) => !first(one));
  return more.length < FEW ? [fields, []] : [fields.filter(first), more];
}

type KindChoiceProps = { catalogue: Catalogue; kinds: Kind[]; value: string; error?: string; onValue: (code: string) => void };
function KindChoice({ catalogue, kinds, value, error, onValue }: KindChoiceProps) {
  const groups = (catalogue.lists.kind_group?.items ?? []).map((group) => ({ group, kinds: kinds.filter((one) => one.group === group.code) }));
  return (
    <SelectField label={t().entryForm.kind} value={value} error={error} onValue={onValue} options={[{ value: '', text: t().entryForm.chooseKind }]}
      groups={groups.filter((one) => one.kinds.length).map(({ group, kinds: of }) => ({ text: titled(group.title), options: of.map((one) => ({ value: one.code, text: titled(one.title) })) }))} />
  );
}

function Form({ subject, writes, preset, replaces, queued, onClose, catalogue }: Props & { catalogue: Catalogue }) {
  const fixed = queued?.kind ?? replaces?.kind ?? preset?.kind;
  const kinds = choosable(catalogue, writes);
  const initial = { ...(replaces?.fields as Values | undefined), ...preset?.fields, ...queued?.fields } as Values;
  // What is said of one goal or poll is no draft for another.
  const about = [fixed ?? '', ...Object.values(preset?.fields ?? {})].join(' ');
  const draft = useDraft(`draft:entry:${keyOf(subject)}:${queued?.key ?? replaces?.id ?? about}`, {
    kind: fixed ?? (kinds.length === 1 ? kinds[0]!.code : ''), period: String(queued?.period ?? replaces?.period ?? currentPeriod()), fields: initial,
  });
  const form = useForm();
  const writing = useWriting({ subject, replaces, queued });
  const step = useSignal(0);
  const value = draft.value.value;
  const kind = catalogue.kinds.find((one) => one.code === value.kind);
  const asked = (kind?.fields ?? []).filter((field) => !(field.type === 'entry' && field.code in (preset?.fields ?? {})));
  const steps = preset?.stepwise ? Math.ceil(asked.length / AT_A_TIME) : 1;
  const last = step.value === steps - 1;
  const here = steps > 1 ? asked.slice(step.value * AT_A_TIME, (step.value + 1) * AT_A_TIME) : asked;
  const [first, more] = steps > 1 ? [here, []] : split(here, initial);
  const labels = Object.fromEntries(asked.map((one) => [`fields.${one.code}`, titled(one.title)]));
  const years = Array.from({ length: YEARS_BACK + 1 }, (_, i) => currentPeriod() + 1 - i);

  const send = async () => {
    if (!kind) return form.missing(['kind'], { kind: t().entryForm.kind });
    const found = missing(last ? kind.fields : here, value.fields);
    if (Object.keys(found).length) return form.set(found);
    if (!last) {
      step.value++;
      return;
    }
    // The year follows the date where the form has one.
    const written = await writing.write(kind, value.fields.date ? undefined : Number(value.period), value.fields);
    if (written === undefined) return;
    await draft.discard();
    if (written) done(kind.moderated ? t().entryForm.added : t().entryForm.written, written.id);
    else toast(t().outbox.waits);
    for (const list of [keyOf(subject), 'students', 'work', 'review']) refresh(list);
    onClose();
  };
  const drawn = (fields: KindField[]) => fields.map((field) => (
    <CatalogueField key={field.code} subject={subject} field={field} catalogue={catalogue} value={value.fields[field.code]} names={replaces?.names} only={preset?.only?.[field.code]}
      error={form.of(`fields.${field.code}`)} onValue={(v) => draft.change({ fields: { ...draft.value.value.fields, [field.code]: v } })} />
  ));

  const theirs = writing.other.value;
  if (theirs && kind)
    return (
      <Conflict subject={subject} kind={kind} theirs={theirs} mine={value.fields} catalogue={catalogue}
        onTheirs={() => { void draft.discard(); void writing.yield(); refresh(keyOf(subject)); onClose(); }}
        onMine={() => { writing.insist(); void form.submit(send, labels)(); }} />
    );
  return (
    <form noValidate onSubmit={form.submit(send, labels)}>
      <ErrorSummary errors={form.errors()} />
      {!fixed && kinds.length > 1 && <KindChoice catalogue={catalogue} kinds={kinds} value={value.kind} error={form.of('kind')} onValue={(code) => draft.change({ kind: code })} />}
      {kind?.help && <p class="hint">{titled(kind.help)}</p>}
      {steps > 1 && (
        <div class="steps-done">
          <p role="status">{fill(t().entryForm.step, { n: String(step.value + 1), of: String(steps) })}</p>
          <progress value={step.value + 1} max={steps} aria-hidden="true" />
        </div>
      )}
      {drawn(first)}
      {more.length > 0 && (
        <details class="more-fields" open={more.some((one) => form.of(`fields.${one.code}`)) || undefined}>
          <summary>{t().entryForm.more}</summary>
          {drawn(more)}
        </details>
      )}
      {kind && last && !kind.fields.some((field) => field.code === 'date') && (
        <SelectField label={t().entryForm.period} value={value.period} error={form.of('period')} onValue={(period) => draft.change({ period })}
          options={years.map((one) => ({ value: String(one), text: schoolYear(one) }))} />
      )}
      {kind?.moderated && <p class="hint">{t().entryForm.note}</p>}
      <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
      <div class="actions">
        {step.value > 0 && <button type="button" class="button" onClick={() => { step.value--; }}>{t().entryForm.back}</button>}
        <SubmitButton busy={form.busy()} text={last ? t().entryForm.submit : t().entryForm.next} />
        <button type="button" class="button quiet" onClick={onClose}>{t().common.cancel}</button>
      </div>
    </form>
  );
}

export function EntryForm({ onClose, ...opening }: Props) {
  const { queued } = opening;
  useUnfinished(opening);
  const catalogue = useCatalogue();
  const kind = catalogue.data?.kinds.find((one) => one.code === (queued?.kind ?? opening.replaces?.kind ?? opening.preset?.kind));
  return (
    <Dialog title={opening.replaces || queued ? t().entryForm.titleFix : kind ? titled(kind.title) : t().entryForm.titleNew} onClose={onClose} wide>
      <Loaded of={catalogue} retry="catalogue">{(data) => <Form {...opening} onClose={onClose} catalogue={data} />}</Loaded>
    </Dialog>
  );
}
