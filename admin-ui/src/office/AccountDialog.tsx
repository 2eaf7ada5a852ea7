// One login: rights, safety, and whose parent a member of staff is. Each act is done at once, and can be done back.
import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, ApiError, csrfHeader, ok, type Account, type StudentCard } from '../lib/api';
import { useForm } from '../lib/form';
import { date, fullName } from '../lib/format';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { SelectField } from '../parts/Field';
import { Link } from '../parts/Link';
import { StudentPicker } from './StudentPicker';

type Flags = { administrator?: boolean; observer?: boolean; disabled?: boolean; guardian?: string };
type Act = (flags: Flags, done: string) => void;

function Facts({ account }: { account: Account }) {
  const words = st().access;
  const card = account.kind === 'staff' ? `/staff/${account.person}` : account.kind === 'student' ? `/students/${account.person}` : null;
  return (
    <dl class="facts">
      <div><dt>{words.login}</dt><dd>{account.login}</dd></div>
      <div><dt>{words.roles}</dt><dd>{account.roles.map((one) => t().roles[one]).join(', ') || st().accounts.noRole}</dd></div>
      <div><dt>{words.factor}</dt><dd>{account.totp ? t().common.yes : t().common.no}</dd></div>
      <div><dt>{words.created}</dt><dd>{date(account.created)}</dd></div>
      <div><dt>{words.lastLogin}</dt><dd>{account.last_login ? date(account.last_login) : '—'}</dd></div>
      {card && <div><dt>{words.person}</dt><dd><Link href={card}>{words.toPerson}</Link></dd></div>}
    </dl>
  );
}

/** A guardian is one of a student's; so first the student is found. */
function Child({ account, onAct }: { account: Account; onAct: Act }) {
  const student = useSignal<StudentCard | null>(null);
  const chosen = useSignal('');
  const words = st().access;
  const pick = async (id: string) => {
    const card = await ok(api.GET('/api/v1/students/{id}', { params: { path: { id } } }));
    if ('custody' in card) student.value = card;
  };
  const guardians = student.value?.guardians ?? [];
  return (
    <section>
      <h3>{words.child}</h3>
      <p class="hint">{words.childText}</p>
      {account.guardian ? (
        <p class="actions"><span>{words.childNow}</span><button type="button" class="button small" onClick={() => onAct({ guardian: '' }, words.done.guardianGone)}>{words.childTake}</button></p>
      ) : !student.value ? <StudentPicker label={words.childFind} onPick={(one) => void pick(one.id)} />
        : guardians.length === 0 ? <p class="soft">{words.childNone}</p> : (
          <>
            <p class="quoted">{fullName(student.value)}</p>
            <SelectField label={words.childWho} value={chosen.value} onValue={(id) => { chosen.value = id; if (id) onAct({ guardian: id }, words.done.guardian); }}
              options={[{ value: '', text: t().entryForm.choose }, ...guardians.map((one) => ({ value: one.id, text: fullName(one) }))]} />
          </>
        )}
    </section>
  );
}

function Deed({ text, label, danger, onClick }: { text?: string; label: string; danger?: boolean; onClick: () => void }) {
  return (
    <div class="deed">
      <button type="button" class={danger ? 'button danger' : 'button'} onClick={onClick}>{label}</button>
      {text && <p class="hint">{text}</p>}
    </div>
  );
}

export function AccountDialog({ account: given, onClose }: { account: Account; onClose: () => void }) {
  const account = useSignal(given);
  const form = useForm();
  const now = account.value;
  const words = st().access;
  const path = { id: now.id };
  const run = (work: () => Promise<unknown>, done: string) => void form.submit(async () => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem?.field !== 'guardian') throw error;
      return form.set({ guardian: words.childTaken });
    }
    toast(done);
    refresh('accounts');
  })();
  const change: Act = (flags, done) => run(async () => {
    account.value = await ok(api.PUT('/api/v1/accounts/{id}', { params: { path, header: csrfHeader() }, body: flags }));
  }, done);
  const forget = () => run(async () => {
    await ok(api.DELETE('/api/v1/accounts/{id}/totp', { params: { path, header: csrfHeader() } }));
    account.value = { ...now, totp: false };
  }, words.done.forgotten);
  const end = () => run(() => ok(api.DELETE('/api/v1/accounts/{id}/sessions', { params: { path, header: csrfHeader() } })), words.done.ended);
  const grown = now.kind === 'staff' || now.kind === 'none';
  return (
    <Dialog title={now.name || now.login} onClose={onClose}>
      <ErrorSummary errors={form.errors()} />
      <Facts account={now} />
      {grown && (
        <section>
          <h3>{words.rights}</h3>
          <div class="actions">
            <Deed label={now.administrator ? words.takeAdministrator : words.giveAdministrator} onClick={() => change({ administrator: !now.administrator }, words.done.administrator)} />
            <Deed label={now.observer ? words.takeObserver : words.giveObserver} onClick={() => change({ observer: !now.observer }, words.done.observer)} />
          </div>
        </section>
      )}
      <section>
        <h3>{words.safety}</h3>
        {now.totp && <Deed label={words.forget} text={words.forgetText} onClick={forget} />}
        <Deed label={words.end} text={words.endText} onClick={end} />
        {now.disabled ? <Deed label={words.enable} onClick={() => change({ disabled: false }, words.done.enabled)} />
          : <Deed label={words.disable} text={words.disableText} danger onClick={() => change({ disabled: true }, words.done.disabled)} />}
      </section>
      {now.kind === 'staff' && <Child account={now} onAct={change} />}
      <div class="actions"><button type="button" class="button primary" onClick={onClose}>{st().code.done}</button></div>
    </Dialog>
  );
}
