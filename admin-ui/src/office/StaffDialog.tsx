import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { act, api, ApiError, ok, type StaffMember } from '../lib/api';
import { useDraft } from '../lib/drafts';
import { useForm } from '../lib/form';
import { date, fill, fullName } from '../lib/format';
import { LETTERS } from '../lib/letters';
import { refresh } from '../lib/resource';
import { go } from '../lib/router';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { DraftNote } from '../parts/DraftNote';
import { ErrorSummary } from '../parts/ErrorSummary';
import { TextField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';
import { Changed } from './Changed';
import { missingNames, NameFields, nameLabels } from './NameFields';

const BLANK = { family: '', given: '', patronymic: '', position: '', joined: '', left: '' };
const formOf = (one: StaffMember) => ({ family: one.family, given: one.given, patronymic: one.patronymic, position: one.position, joined: one.joined ?? '', left: one.left ?? '' });
const told = (one: StaffMember): [string, string][] => [
  [st().staffList.name, fullName(one)], [st().staffList.position, one.position],
  [st().staffList.joined, one.joined ? date(one.joined) : ''], [st().staffList.left, one.left ? date(one.left) : ''],
];

/** Takes on somebody, or corrects who is here: the whole of the card. */
export function StaffDialog({ member: given, onClose }: { member?: StaffMember; onClose: () => void }) {
  // What the form began from; what comes in meanwhile must not pass for seen.
  const member = useRef(given).current;
  const draft = useDraft(`draft:staff:${member ? member.id + member.etag : ''}`, member ? formOf(member) : BLANK);
  const newer = useSignal<StaffMember | null>(null);
  const form = useForm();
  const value = draft.value.value;
  const words = st().staffList;
  const labels = { ...nameLabels(), position: words.position, joined: words.joined, left: words.left };
  const send = async () => {
    const missing = missingNames(value);
    if (missing.length) return form.missing(missing, labels);
    const body = {
      family: value.family.trim(), given: value.given.trim(), patronymic: value.patronymic.trim() || undefined, position: value.position.trim() || undefined,
      joined: value.joined || undefined, left: value.left || undefined,
    };
    let saved: StaffMember;
    try {
      saved = member
        ? await ok(api.PUT('/api/v1/staff/{id}', { params: { path: { id: member.id }, header: { ...act(), 'If-Match': (newer.value ?? member).etag } }, body }))
        : await ok(api.POST('/api/v1/staff', { params: { header: act() }, body }));
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem?.status !== 412) throw error;
      newer.value = error.problem.current as unknown as StaffMember;
      return;
    }
    await draft.discard();
    toast(member ? words.saved : fill(words.taken, { name: fullName(saved) }));
    for (const key of ['staff', 'school', 'class']) refresh(key);
    onClose();
    if (!member) go(`/staff/${saved.id}`);
  };
  return (
    <Dialog title={member ? words.editTitle : words.add} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <Changed now={newer.value && told(newer.value)} />
        <NameFields value={value} onValue={draft.change} form={form} />
        <TextField label={labels.position} hint={words.positionHint} optional value={value.position} onValue={(position) => draft.change({ position })} error={form.of('position')} input={{ maxLength: LETTERS.position }} />
        <TextField label={labels.joined} optional value={value.joined} onValue={(joined) => draft.change({ joined })} error={form.of('joined')} input={{ type: 'date' }} />
        {member && <TextField label={labels.left} hint={words.leftHint} optional value={value.left} onValue={(left) => draft.change({ left })} error={form.of('left')} input={{ type: 'date' }} />}
        <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
        <FormActions busy={form.busy()} submit={newer.value ? st().groups.mine : member ? t().common.save : t().common.add} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
