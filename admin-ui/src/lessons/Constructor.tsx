import { useEffect, useState } from 'preact/hooks';
import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import type { Catalogue, Entry, Kind } from '../lib/api';
import { useCatalogue, useEntries } from '../lib/data';
import { useDraft } from '../lib/drafts';
import { getEntry, keyOf, type Subject, type Values } from '../lib/entries';
import { useForm } from '../lib/form';
import { currentPeriod } from '../lib/format';
import { queue } from '../lib/queue';
import { refresh, useResource } from '../lib/resource';
import { go, route } from '../lib/router';
import { me } from '../lib/session';
import { toast } from '../lib/toast';
import { missing, useWriting, type Written } from '../lib/writing';
import { CatalogueField } from '../parts/CatalogueField';
import { Conflict } from '../parts/Conflict';
import { DraftNote } from '../parts/DraftNote';
import { ErrorSummary } from '../parts/ErrorSummary';
import { SelectField } from '../parts/Field';
import { SubmitButton } from '../parts/FormActions';
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

/** from: whose words it starts with. */
type Props = Written & { kind: Kind; catalogue: Catalogue; templates: Entry[]; from?: Entry };

function Form({ subject, kind, catalogue, templates, from, replaces, queued }: Props) {
  const start = { ...from?.fields, ...queued?.fields } as Values;
  const draft = useDraft(`draft:card:${subject.id}:${queued?.key ?? replaces?.id ?? from?.id ?? ''}`, { fields: start });
  const form = useForm();
  const writing = useWriting({ subject, replaces, queued });
  const { fields } = draft.value.value;
  const set = (part: Values) => draft.change({ fields: { ...draft.value.value.fields, ...part } });
  const labels = Object.fromEntries(kind.fields.map((one) => [`fields.${one.code}`, titled(one.title)]));
  const startFrom = (id: string) => {
    const template = templates.find((one) => one.id === id);
    if (template) set({ ...template.fields, template: id });
  };
  const send = async () => {
    const found = missing(kind.fields, fields);
    if (Object.keys(found).length) return form.set(found);
    const written = await writing.write(kind, queued?.period ?? replaces?.period ?? currentPeriod(), fields);
    if (written === undefined) return;
    await draft.discard();
    toast(written ? t().entryForm.written : t().outbox.waits);
    refresh(keyOf(subject));
    go(written ? `/cards/${written.id}` : '/cards', 'replace');
  };
  const fieldsOf = (part: Part) => (
    <>
      {kind.fields.filter((one) => partOf(one.code) === part && one.type !== 'entry' && !one.code.startsWith('stage')).map((field) => (
        <CatalogueField key={field.code} subject={subject} field={field} catalogue={catalogue} value={fields[field.code]} error={form.of(`fields.${field.code}`)} onValue={(v) => set({ [field.code]: v })} />
      ))}
    </>
  );
  const theirs = writing.other.value;
  if (theirs)
    return (
      <Conflict subject={subject} kind={kind} theirs={theirs} mine={fields} catalogue={catalogue}
        onTheirs={() => { void draft.discard(); void writing.yield(); refresh(keyOf(subject)); go(`/cards/${theirs.id}`, 'replace'); }}
        onMine={() => { writing.insist(); void form.submit(send, labels)(); }} />
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
        <SubmitButton busy={form.busy()} text={st().lessons.save} />
        <Link href="/cards" class="button">{t().common.cancel}</Link>
      </div>
    </form>
  );
}

/** A technological card of a lesson, made from nothing, from a template, or from an earlier card. */
export function Constructor({ replaces: id }: { replaces?: string }) {
  const subject: Subject = { about: 'staff', id: me().person! };
  const { query } = route.value;
  // One that waits on this device, as it stood when the form was opened.
  const [queued] = useState(() => queue.items.peek().find((one) => one.key === query.get('queued')));
  const lost = query.has('queued') && !queued;
  // After a reload it stands in the list, once that is read.
  useEffect(() => { if (lost) go('/cards', 'replace'); }, []);
  const source = id ?? query.get('from');
  const catalogue = useCatalogue();
  const templates = useEntries({ about: 'school', id: '' }, { kind: 'lesson_template' }, 1);
  const key = `${keyOf(subject)}/card/${source ?? ''}`;
  const start = useResource(key, async () => ({ card: source ? await getEntry(subject, source) : undefined }));
  const kind = catalogue.data?.kinds.find((one) => one.code === CARD);
  return (
    <Page title={id ? st().lessons.edit : st().lessons.new} above={<Link href="/cards" class="back"><Icon name="left" size={16} />{t().nav.cards}</Link>}>
      <Loaded of={templates} retry="school/">
        {(data) => (
          <Loaded of={start} retry={key}>
            {({ card }) => kind && (
              <Form subject={subject} kind={kind} catalogue={catalogue.data!} templates={data.items.filter((one) => one.status === 'confirmed')}
                from={card} replaces={id ? card : undefined} queued={queued} />
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}
