// A form drawn from the catalogue: the kind says which fields there are, the node which kinds one may write.
import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import type { Catalogue, Entry, EvidenceFile, Kind } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { useDraft } from '../lib/drafts';
import { keyOf, writeEntry, type Subject } from '../lib/entries';
import { useForm } from '../lib/form';
import { currentPeriod, fill, schoolYear } from '../lib/format';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { CatalogueField } from './CatalogueField';
import { Dialog } from './Dialog';
import { DraftNote } from './DraftNote';
import { ErrorSummary } from './ErrorSummary';
import { SelectField } from './Field';
import { Loaded } from './States';

const YEARS_BACK = 11;
const AT_A_TIME = 4;

export type Values = Record<string, unknown>;
/** only: of a list's codes, those that are asked for. stepwise: a few questions at a time. */
export type Preset = { kind: string; fields?: Values; only?: Record<string, string[]>; stepwise?: boolean };
type Props = { subject: Subject; writes: string[]; preset?: Preset; replaces?: Entry; title?: string; done?: string; onClose: () => void };

const isEmpty = (value: unknown) => value === undefined || value === null || value === '' || (typeof value === 'string' && !value.trim()) ||
  (Array.isArray(value) && value.length === 0) || (typeof value === 'object' && Object.keys(value as object).length === 0);

/** As the node takes them: nothing empty, of files only who they are. */
function sent(kind: Kind, values: Values): Values {
  const fields: Values = {};
  for (const field of kind.fields) {
    const value = values[field.code];
    if (isEmpty(value)) continue;
    if (field.type === 'files') fields[field.code] = (value as EvidenceFile[]).map(({ id, name }) => ({ id, name }));
    else fields[field.code] = typeof value === 'string' ? value.trim() : value;
  }
  return fields;
}

const missing = (fields: Kind['fields'], values: Values) => Object.fromEntries(fields
  .filter((field) => field.required && isEmpty(values[field.code]))
  .map((field) => [`fields.${field.code}`, fill(t().common.required, { field: titled(field.title) })]));

/** Kinds that a person can fill in by themselves: what names another entry is opened from that entry. */
const choosable = (catalogue: Catalogue, writes: string[]) => catalogue.kinds
  .filter((kind) => writes.includes(kind.code) && kind.fields.every((field) => !field.required || field.type !== 'entry'));

function Form({ subject, writes, preset, replaces, done, onClose, catalogue }: Props & { catalogue: Catalogue }) {
  const fixed = replaces?.kind ?? preset?.kind;
  const kinds = choosable(catalogue, writes);
  const draft = useDraft(`draft:entry:${keyOf(subject)}:${replaces?.id ?? fixed ?? ''}`, {
    kind: fixed ?? (kinds.length === 1 ? kinds[0]!.code : ''),
    period: String(replaces?.period ?? currentPeriod()),
    fields: { ...(replaces?.fields as Values | undefined), ...preset?.fields } as Values,
  });
  const form = useForm();
  const value = draft.value.value;
  const kind = catalogue.kinds.find((one) => one.code === value.kind);
  const years = Array.from({ length: YEARS_BACK + 1 }, (_, i) => currentPeriod() + 1 - i);
  const groups = (catalogue.lists.kind_group?.items ?? []).map((group) => ({ group, kinds: kinds.filter((one) => one.group === group.code) }));
  const asked = (kind?.fields ?? []).filter((field) => !(preset?.fields && field.code in preset.fields && field.type === 'entry'));
  const steps = preset?.stepwise ? Math.ceil(asked.length / AT_A_TIME) : 1;
  const step = useSignal(0);
  const last = step.value === steps - 1;
  const shownFields = steps > 1 ? asked.slice(step.value * AT_A_TIME, (step.value + 1) * AT_A_TIME) : asked;
  const labels = Object.fromEntries((kind?.fields ?? []).map((one) => [`fields.${one.code}`, titled(one.title)]));

  const send = async () => {
    if (!kind) return form.missing(['kind'], { kind: t().entryForm.kind });
    const found = missing(last ? kind.fields : shownFields, value.fields);
    if (Object.keys(found).length) return form.set(found);
    if (!last) {
      step.value++;
      return;
    }
    // The year follows the date where the form has one.
    const period = value.fields.date ? undefined : Number(value.period);
    await writeEntry(subject, { kind: kind.code, period, fields: sent(kind, value.fields), replaces: replaces?.id });
    await draft.discard();
    toast(done ?? (kind.moderated ? t().entryForm.added : t().entryForm.written));
    refresh(keyOf(subject));
    refresh('students');
    refresh('work');
    onClose();
  };

  return (
    <form noValidate onSubmit={form.submit(send, labels)}>
      <ErrorSummary errors={form.errors()} />
      {!fixed && kinds.length > 1 && (
        <SelectField label={t().entryForm.kind} value={value.kind} error={form.of('kind')} onValue={(code) => draft.change({ kind: code })}
          options={[{ value: '', text: t().entryForm.chooseKind }]}
          groups={groups.filter((one) => one.kinds.length).map(({ group, kinds: of }) => ({ text: titled(group.title), options: of.map((one) => ({ value: one.code, text: titled(one.title) })) }))} />
      )}
      {kind?.help && <p class="hint">{titled(kind.help)}</p>}
      {steps > 1 && (
        <div class="steps-done">
          <p role="status">{fill(t().entryForm.step, { n: String(step.value + 1), of: String(steps) })}</p>
          <progress value={step.value + 1} max={steps} aria-hidden="true" />
        </div>
      )}
      {kind && shownFields.map((field) => (
        <CatalogueField key={field.code} subject={subject} field={field} catalogue={catalogue} value={value.fields[field.code]} only={preset?.only?.[field.code]}
          error={form.of(`fields.${field.code}`)}
          onValue={(v) => draft.change({ fields: { ...draft.value.value.fields, [field.code]: v } })} />
      ))}
      {kind && last && !kind.fields.some((field) => field.code === 'date') && (
        <SelectField label={t().entryForm.period} value={value.period} error={form.of('period')} onValue={(period) => draft.change({ period })}
          options={years.map((one) => ({ value: String(one), text: schoolYear(one) }))} />
      )}
      {kind?.moderated && <p class="hint">{t().entryForm.note}</p>}
      <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
      <div class="actions">
        {step.value > 0 && <button type="button" class="button" onClick={() => { step.value--; }}>{t().entryForm.back}</button>}
        <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : last ? t().entryForm.submit : t().entryForm.next}</button>
        <button type="button" class="button quiet" onClick={onClose}>{t().common.cancel}</button>
      </div>
    </form>
  );
}

export function EntryForm(props: Props) {
  const catalogue = useCatalogue();
  const kind = catalogue.data?.kinds.find((one) => one.code === (props.replaces?.kind ?? props.preset?.kind));
  return (
    <Dialog title={props.title ?? (props.replaces ? t().entryForm.titleFix : kind ? titled(kind.title) : t().entryForm.titleNew)} onClose={props.onClose} wide>
      <Loaded of={catalogue} retry="catalogue">{(data) => <Form {...props} catalogue={data} />}</Loaded>
    </Dialog>
  );
}
