// A class or group, opened or changed: the whole of it, since the node takes it whole.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import { act, api, ApiError, ok, type Assignment, type ClassCard, type GroupType } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { useDraft } from '../lib/drafts';
import { useForm } from '../lib/form';
import { fill, fullName } from '../lib/format';
import { LETTERS } from '../lib/letters';
import { classCard, useStaff, type HeldClass } from '../lib/people';
import { refresh } from '../lib/resource';
import { go } from '../lib/router';
import { toast } from '../lib/toast';
import { Changed } from './Changed';
import { MembersField, type Person } from './MembersField';
import { Dialog } from '../parts/Dialog';
import { DraftNote } from '../parts/DraftNote';
import { ErrorSummary } from '../parts/ErrorSummary';
import { CheckField, SelectField, TextField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';
import { Icon } from '../parts/Icon';

type Post = { staff: string; relation: Assignment['relation']; subject: string; until: string; substitutes: string; since: string };
type Draft = { name: string; type: GroupType; subject: string; pilot: boolean; staff: Post[]; members: Person[] };
const TYPES: GroupType[] = ['class', 'subject', 'extracurricular'];
const RELATIONS: Post['relation'][] = ['class_teacher', 'teacher', 'tutor'];
const NOBODY: Post = { staff: '', relation: 'class_teacher', subject: '', until: '', substitutes: '', since: '' };
const BLANK: Draft = { name: '', type: 'class', subject: '', pilot: false, staff: [NOBODY], members: [] };

const draftOf = (card: ClassCard): Draft => ({
  name: card.name, type: card.type, subject: card.subject, pilot: card.pilot,
  staff: card.staff.map((one) => ({ staff: one.staff.id, relation: one.relation, subject: one.subject, until: one.until ?? '', since: one.since ?? '', substitutes: one.substitutes?.id ?? '' })),
  members: card.type === 'class' ? [] : card.members ?? [],
});
/** As the node takes it; what this form does not ask stays. */
export const bodyOf = (draft: Draft, card?: ClassCard) => ({
  name: draft.name.trim(), type: draft.type, subject: draft.subject || undefined, pilot: draft.pilot, closed: card?.closed, year: card?.year || undefined,
  staff: draft.staff.filter((one) => one.staff).map((one) => ({
    staff: one.staff, relation: one.relation, subject: one.subject || undefined, since: one.since || undefined, until: one.until || undefined, substitutes: one.substitutes || undefined,
  })),
  members: draft.type === 'class' ? undefined : draft.members.map((one) => one.id),
});
export const putClass = (card: HeldClass, change: Partial<ReturnType<typeof bodyOf>>) =>
  ok(api.PUT('/api/v1/classes/{id}', { params: { path: { id: card.id }, header: { ...act(), 'If-Match': card.etag } }, body: { ...bodyOf(draftOf(card), card), ...change } }));

const told = (card: ClassCard): [string, string][] => [
  [st().groups.name, card.name],
  [st().groups.staff, card.staff.map((one) => fill(st().groups.with, { name: fullName(one.staff), relation: st().staffList.relation[one.relation] })).join('; ')],
];

type PostProps = { post: Post; n: number; type: GroupType; onValue: (part: Partial<Post>) => void; onRemove: () => void; form: ReturnType<typeof useForm> };
function PostFields({ post, n, type, onValue, onRemove, form }: PostProps) {
  const staff = useStaff().data ?? [];
  const subjects = useCatalogue().data?.lists.school_subject?.items ?? [];
  const words = st().groups;
  const title = fill(words.assignment, { n: String(n + 1) });
  const gone = post.staff && staff.length > 0 && !staff.some((one) => one.id === post.staff);
  const people = staff.map((one) => ({ value: one.id, text: fullName(one) }));
  const none = { value: '', text: t().entryForm.choose };
  return (
    <fieldset class="post">
      <legend>{title}</legend>
      <div class="field-row">
        <SelectField label={words.who} value={gone ? '' : post.staff} error={form.of(`staff.${n}.staff`) ?? (gone ? words.gone : undefined)} onValue={(id) => onValue({ staff: id })} options={[none, ...people]} />
        <SelectField label={words.relation} value={post.relation} error={form.of(`staff.${n}.relation`)} onValue={(one) => onValue({ relation: one as Post['relation'] })}
          options={RELATIONS.filter((one) => type === 'class' || one !== 'class_teacher' || post.relation === one).map((one) => ({ value: one, text: st().staffList.relation[one] }))} />
      </div>
      {post.relation === 'teacher' && (
        <SelectField label={words.subject} optional value={post.subject} error={form.of(`staff.${n}.subject`)} onValue={(subject) => onValue({ subject })}
          options={[{ value: '', text: '—' }, ...subjects.filter((one) => !one.hidden || one.code === post.subject).map((one) => ({ value: one.code, text: titled(one.title) }))]} />
      )}
      <details open={Boolean(post.until || post.substitutes)}>
        <summary>{words.substitute}</summary>
        <TextField label={words.until} hint={words.untilHint} optional value={post.until} error={form.of(`staff.${n}.until`)} onValue={(until) => onValue({ until })} input={{ type: 'date' }} />
        <SelectField label={words.substitutes} optional value={post.substitutes} error={form.of(`staff.${n}.substitutes`)} onValue={(substitutes) => onValue({ substitutes })}
          options={[{ value: '', text: words.nobody }, ...people]} />
      </details>
      <button type="button" class="text-button" onClick={onRemove}>{fill(words.removeStaff, { n: String(n + 1) })}</button>
    </fieldset>
  );
}

export function ClassDialog({ card: given, onClose }: { card?: HeldClass; onClose: () => void }) {
  // What the form began from; what comes in meanwhile must not pass for seen.
  const card = useRef(given).current;
  const draft = useDraft<Draft>(`draft:class:${card ? card.id + card.etag : ''}`, card ? draftOf(card) : BLANK);
  const newer = useSignal<HeldClass | null>(null);
  const form = useForm();
  const subjects = useCatalogue().data?.lists.school_subject?.items ?? [];
  const words = st().groups;
  const value = draft.value.value;
  const labels = { name: words.name, type: words.type, subject: words.subject };
  const post = (n: number, part: Partial<Post>) => draft.change({ staff: value.staff.map((one, i) => (i === n ? { ...one, ...part } : one)) });

  const send = async () => {
    if (!value.name.trim()) return form.missing(['name'], labels);
    const based = newer.value ?? card;
    try {
      const saved = based ? await putClass(based, bodyOf(value, based)) : await ok(api.POST('/api/v1/classes', { params: { header: act() }, body: bodyOf(value) }));
      await draft.discard();
      toast(card ? words.saved : fill(words.opened, { name: saved.name }));
      for (const key of ['class', 'school', 'students', 'work']) refresh(key);
      onClose();
      if (!card) go(`/classes/${saved.id}`);
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem?.status !== 412 || !card) throw error;
      newer.value = await classCard(card.id);
    }
  };
  return (
    <Dialog title={card ? fill(words.editTitle, { name: card.name }) : words.addTitle} onClose={onClose} wide>
      <form noValidate onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <Changed now={newer.value && told(newer.value)} />
        <div class="field-row">
          <TextField label={words.name} hint={words.nameHint} value={value.name} error={form.of('name')} onValue={(name) => draft.change({ name })} input={{ maxLength: LETTERS.group }} />
          <SelectField label={words.type} value={value.type} error={form.of('type')} onValue={(type) => draft.change({ type: type as GroupType })} options={TYPES.map((one) => ({ value: one, text: words.types[one] }))} />
        </div>
        {value.type !== 'class' && (
          <SelectField label={words.subject} optional value={value.subject} error={form.of('subject')} onValue={(subject) => draft.change({ subject })}
            options={[{ value: '', text: '—' }, ...subjects.filter((one) => !one.hidden || one.code === value.subject).map((one) => ({ value: one.code, text: titled(one.title) }))]} />
        )}
        <CheckField label={words.pilot} value={value.pilot} onValue={(pilot) => draft.change({ pilot })} />
        <section>
          <h3>{words.staff}</h3>
          {value.staff.map((one, n) => (
            <PostFields key={n} post={one} n={n} type={value.type} form={form} onValue={(part) => post(n, part)} onRemove={() => draft.change({ staff: value.staff.filter((_, i) => i !== n) })} />
          ))}
          <button type="button" class="button small" onClick={() => draft.change({ staff: [...value.staff, { ...NOBODY, relation: value.staff.some((one) => one.relation === 'class_teacher') || value.type !== 'class' ? 'teacher' : 'class_teacher' }] })}>
            <Icon name="plus" size={16} />{words.addStaff}
          </button>
        </section>
        {value.type !== 'class' && <MembersField value={value.members} onValue={(members) => draft.change({ members })} />}
        <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
        <FormActions busy={form.busy()} submit={newer.value ? words.mine : card ? t().common.save : words.add} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
