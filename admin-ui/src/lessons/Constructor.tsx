import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import type { Catalogue, Entry, Kind } from '../lib/api';
import { useCatalogue, useEntries } from '../lib/data';
import { useDraft } from '../lib/drafts';
import { filledFields, getEntry, sendable, writeEntry, type Subject, type Values } from '../lib/entries';
import { useForm } from '../lib/form';
import { currentPeriod, fill } from '../lib/format';
import { refresh, useResource } from '../lib/resource';
import { go, route } from '../lib/router';
import { me } from '../lib/session';
import { toast } from '../lib/toast';
import { CatalogueField } from '../parts/CatalogueField';
import { DraftNote } from '../parts/DraftNote';
import { ErrorSummary } from '../parts/ErrorSummary';
import { SelectField } from '../parts/Field';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Loaded } from '../parts/States';
import { Stages } from './Stages';

export const CARD = 'lesson_card';
type Part = 'about' | 'aim' | 'course' | 'means';

// Which part of the sheet each field stands in; the stages' own words stand with their stage.
const PART: Record<string, Part> = {
  name: 'about', grade: 'about', subject: 'about', lesson_type: 'about', lesson_form: 'about',
  goal: 'aim', tasks: 'aim', results: 'aim', results_own: 'aim', competences: 'aim',
};
const partOf = (code: string): Part => PART[code] ?? (code.startsWith('stage') ? 'course' : 'means');

type Props = { subject: Subject; kind: Kind; catalogue: Catalogue; templates: Entry[]; from: Entry | null; replaces: Entry | null };

function Form({ subject, kind, catalogue, templates, from, replaces }: Props) {
  const start = { ...from?.fields } as Values;
  const draft = useDraft(`draft:card:${subject.id}:${replaces?.id ?? from?.id ?? ''}`, { fields: start });
  const form = useForm();
  const { fields } = draft.value.value;
  const set = (part: Values) => draft.change({ fields: { ...draft.value.value.fields, ...part } });
  const labels = Object.fromEntries(kind.fields.map((one) => [`fields.${one.code}`, titled(one.title)]));
  const startFrom = (id: string) => {
    const template = templates.find((one) => one.id === id);
    if (template) set({ ...template.fields, template: id });
  };
  const send = async () => {
    const sent = sendable(filledFields(kind, fields));
    const empty = kind.fields.filter((one) => one.required && !(one.code in sent));
    if (empty.length) return form.set(Object.fromEntries(empty.map((one) => [`fields.${one.code}`, fill(t().common.required, { field: titled(one.title) })])));
    const written = await writeEntry(subject, { kind: kind.code, period: replaces?.period ?? currentPeriod(), fields: sent, replaces: replaces?.id });
    await draft.discard();
    toast(t().entryForm.written);
    refresh(`staff/${subject.id}`);
    go(`/cards/${written.id}`, 'replace');
  };
  const fieldsOf = (part: Part) => (
    <>
      {kind.fields.filter((one) => partOf(one.code) === part && one.type !== 'entry' && !one.code.startsWith('stage')).map((field) => (
        <CatalogueField key={field.code} subject={subject} field={field} catalogue={catalogue} value={fields[field.code]} error={form.of(`fields.${field.code}`)} onValue={(v) => set({ [field.code]: v })} />
      ))}
    </>
  );
  return (
    <form noValidate class="sheet-form" onSubmit={form.submit(send, labels)}>
      <ErrorSummary errors={form.errors()} />
      {templates.length > 0 && !replaces && (
        <SelectField label={st().lessons.template} hint={st().lessons.templateHint} value={String(fields.template ?? '')} onValue={startFrom}
          options={[{ value: '', text: st().lessons.noTemplate }, ...templates.map((one) => ({ value: one.id, text: one.title }))]} />
      )}
      <fieldset><legend>{st().lessons.parts.about}</legend>{fieldsOf('about')}</fieldset>
      <fieldset><legend>{st().lessons.parts.aim}</legend>{fieldsOf('aim')}</fieldset>
      <fieldset><legend>{st().lessons.parts.course}</legend><Stages kind={kind} catalogue={catalogue} values={fields} onValues={set} /></fieldset>
      <fieldset><legend>{st().lessons.parts.means}</legend>{fieldsOf('means')}</fieldset>
      <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
      <div class="actions sticky-actions">
        <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : st().lessons.save}</button>
        <Link href="/cards" class="button">{t().common.cancel}</Link>
      </div>
    </form>
  );
}

/** A technological card of a lesson, made from nothing, from a template, or from an earlier card. */
export function Constructor({ replaces: id }: { replaces?: string }) {
  const subject: Subject = { about: 'staff', id: me().person! };
  const source = id ?? route.value.query.get('from');
  const catalogue = useCatalogue();
  const templates = useEntries({ about: 'school', id: '' }, { kind: 'lesson_template' }, 1);
  const from = useResource(`staff/${subject.id}/card/${source ?? ''}`, async () => (source ? getEntry(subject, source) : null));
  const kind = catalogue.data?.kinds.find((one) => one.code === CARD);
  return (
    <Page title={id ? st().lessons.edit : st().lessons.new} above={<Link href="/cards" class="back"><Icon name="left" size={16} />{t().nav.cards}</Link>}>
      <Loaded of={templates} retry="school/">
        {(data) => kind && !from.loading && (
          <Form subject={subject} kind={kind} catalogue={catalogue.data!} templates={data.items.filter((one) => one.status === 'confirmed')} from={from.data} replaces={id ? from.data : null} />
        )}
      </Loaded>
    </Page>
  );
}
