// A form drawn from the catalogue: the kind says which fields there are, the node which kinds one may write.
import { useEffect, useRef } from 'preact/hooks';
import { t, titled } from '../i18n';
import { randomKey, type Catalogue, type Entry, type Kind } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { useDraft } from '../lib/drafts';
import { keyOf, type Subject } from '../lib/entries';
import { useForm } from '../lib/form';
import { currentPeriod, fill, schoolYear } from '../lib/format';
import type { Item } from '../lib/outbox';
import { owner } from '../lib/owner';
import { queue, submit } from '../lib/queue';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { useUnfinished } from '../lib/unfinished';
import { CatalogueField } from './CatalogueField';
import { Dialog } from './Dialog';
import { DraftNote } from './DraftNote';
import { ErrorSummary } from './ErrorSummary';
import { SelectField } from './Field';
import { Loaded } from './States';

const YEARS_BACK = 11;

export type Values = Record<string, unknown>;
/** only: of a list's codes, those that are asked for. */
export type Preset = { kind: string; fields?: Values; only?: Record<string, string[]> };
/** queued: an entry that waits on this device, to be mended. */
export type Opening = { subject: Subject; writes: string[]; preset?: Preset; replaces?: Entry; queued?: Item; title?: string; done?: string };
type Props = Opening & { onClose: () => void };

const isEmpty = (value: unknown) => value === undefined || value === null || value === '' || (typeof value === 'string' && !value.trim()) ||
  (Array.isArray(value) && value.length === 0) || (typeof value === 'object' && Object.keys(value as object).length === 0);

/** Nothing empty, nothing of another kind. */
function filled(kind: Kind, values: Values): Values {
  const fields: Values = {};
  for (const field of kind.fields) {
    const value = values[field.code];
    if (!isEmpty(value)) fields[field.code] = typeof value === 'string' ? value.trim() : value;
  }
  return fields;
}

const missing = (kind: Kind, values: Values) => Object.fromEntries(kind.fields
  .filter((field) => field.required && isEmpty(values[field.code]))
  .map((field) => [`fields.${field.code}`, fill(t().common.required, { field: titled(field.title) })]));

/** Kinds that a person can fill in by themselves: what names another entry is opened from that entry. */
const choosable = (catalogue: Catalogue, writes: string[]) => catalogue.kinds
  .filter((kind) => writes.includes(kind.code) && kind.fields.every((field) => !field.required || field.type !== 'entry'));

function Form({ subject, writes, preset, replaces, queued, done, onClose, catalogue }: Props & { catalogue: Catalogue }) {
  const fixed = queued?.kind ?? replaces?.kind ?? preset?.kind;
  const kinds = choosable(catalogue, writes);
  const draft = useDraft(`draft:entry:${keyOf(subject)}:${queued?.key ?? replaces?.id ?? fixed ?? ''}`, {
    kind: fixed ?? (kinds.length === 1 ? kinds[0]!.code : ''),
    period: String(queued?.period ?? replaces?.period ?? currentPeriod()),
    fields: { ...(replaces?.fields as Values | undefined), ...preset?.fields, ...queued?.fields } as Values,
  });
  const form = useForm();
  // One entry, one key, however often it is sent.
  const key = useRef(queued?.key ?? randomKey());
  const value = draft.value.value;
  const kind = catalogue.kinds.find((one) => one.code === value.kind);
  const years = Array.from({ length: YEARS_BACK + 1 }, (_, i) => currentPeriod() + 1 - i);
  const groups = (catalogue.lists.kind_group?.items ?? []).map((group) => ({ group, kinds: kinds.filter((one) => one.group === group.code) }));
  const labels = Object.fromEntries((kind?.fields ?? []).map((one) => [`fields.${one.code}`, titled(one.title)]));

  const send = async () => {
    if (!kind) return form.missing(['kind'], { kind: t().entryForm.kind });
    const found = missing(kind, value.fields);
    if (Object.keys(found).length) return form.set(found);
    // The year follows the date where the form has one.
    const period = value.fields.date ? undefined : Number(value.period);
    const item: Item = {
      key: key.current, owner: owner(), subject, kind: kind.code, period, fields: filled(kind, value.fields),
      replaces: queued?.replaces ?? replaces?.id, made: queued?.made ?? new Date().toISOString(), tried: queued?.tried,
    };
    const sent = await submit(item);
    await draft.discard();
    if (sent && queued) await queue.remove(queued);
    toast(sent ? done ?? (kind.moderated ? t().entryForm.added : t().entryForm.written) : t().outbox.waits);
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
      {kind?.fields.filter((field) => !(preset?.fields && field.code in preset.fields && field.type === 'entry')).map((field) => (
        <CatalogueField key={field.code} subject={subject} field={field} catalogue={catalogue} value={value.fields[field.code]} only={preset?.only?.[field.code]}
          error={form.of(`fields.${field.code}`)}
          onValue={(v) => draft.change({ fields: { ...draft.value.value.fields, [field.code]: v } })} />
      ))}
      {kind && !kind.fields.some((field) => field.code === 'date') && (
        <SelectField label={t().entryForm.period} value={value.period} error={form.of('period')} onValue={(period) => draft.change({ period })}
          options={years.map((one) => ({ value: String(one), text: schoolYear(one) }))} />
      )}
      {kind?.moderated && <p class="hint">{t().entryForm.note}</p>}
      <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
      <div class="actions">
        <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : t().entryForm.submit}</button>
        <button type="button" class="button" onClick={onClose}>{t().common.cancel}</button>
      </div>
    </form>
  );
}

export function EntryForm({ onClose, ...opening }: Props) {
  const { queued } = opening;
  useUnfinished(opening);
  useEffect(() => {
    if (!queued) return;
    queue.hold(queued.key);
    return () => {
      queue.release(queued.key);
      void queue.flush();
    };
  }, []);
  return <Shown {...opening} onClose={onClose} />;
}

function Shown(props: Props) {
  const catalogue = useCatalogue();
  const kind = catalogue.data?.kinds.find((one) => one.code === (props.queued?.kind ?? props.replaces?.kind ?? props.preset?.kind));
  return (
    <Dialog title={props.title ?? (props.replaces || props.queued ? t().entryForm.titleFix : kind ? titled(kind.title) : t().entryForm.titleNew)} onClose={props.onClose} wide>
      <Loaded of={catalogue} retry="catalogue">{(data) => <Form {...props} catalogue={data} />}</Loaded>
    </Dialog>
  );
}
