import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { act, api, ok, type Student, type Transfer } from '../lib/api';
import { useStudents } from '../lib/data';
import { useForm } from '../lib/form';
import { date, fill, fullName } from '../lib/format';
import { refresh } from '../lib/resource';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { TextField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';
import { Icon } from '../parts/Icon';
import { Qr } from '../parts/Qr';
import { Secret } from '../parts/Secret';
import { Sheet } from './Sheet';
import { Loaded } from '../parts/States';

type Made = { code: string; expires: string; transfer: Transfer };

function Picker({ onPick }: { onPick: (student: Student) => void }) {
  const query = useSignal('');
  const found = useStudents({ query: query.value.trim() || undefined, limit: 8 });
  return (
    <>
      <TextField label={st().code.pick} value={query.value} onValue={(text) => { query.value = text; }}
        input={{ type: 'search', placeholder: t().students.searchHint }} />
      <Loaded of={found} retry="students" rows={3}>
        {(data) => (
          <ul class="picker">
            {data.items.filter((one) => !one.read_only).map((one) => (
              <li key={one.id}>
                <button type="button" onClick={() => onPick(one)}>
                  <span>{fullName(one)}</span>{one.class && <span class="hint">{one.class}</span>}
                </button>
              </li>
            ))}
            {data.items.length === 0 && <li class="hint">{t().students.nothingFound}</li>}
          </ul>
        )}
      </Loaded>
    </>
  );
}

function Ready({ made, onClose }: { made: Made; onClose: () => void }) {
  const printing = useSignal(false);
  return (
    <>
      <p class="notice wait">{st().code.once}</p>
      <div class="handover-box">
        <Qr text={made.code} label={st().code.qr} />
        <div>
          <Secret label={st().code.text} text={made.code} codeLike />
          <p class="hint">{fill(st().code.expires, { date: date(made.expires) })}</p>
        </div>
      </div>
      <div class="actions">
        <button type="button" class="button primary" onClick={() => { printing.value = true; }}><Icon name="print" />{st().code.printSheet}</button>
        <button type="button" class="button" onClick={onClose}>{st().code.done}</button>
      </div>
      {printing.value && <Sheet {...made} onPrinted={() => { printing.value = false; }} />}
    </>
  );
}

export function CodeDialog({ student, onClose }: { student?: Student; onClose: () => void }) {
  const chosen = useSignal<Student | null>(student ?? null);
  const made = useSignal<Made | null>(null);
  const form = useForm();
  const make = async () => {
    made.value = await ok(api.POST('/api/v1/transfers/codes', { params: { header: act() }, body: { student: chosen.value!.id } }));
    refresh('transfers');
    refresh('student');
  };
  return (
    <Dialog title={st().code.title} onClose={onClose} wide>
      {made.value ? <Ready made={made.value} onClose={onClose} /> : !chosen.value ? (
        <>
          <p>{st().code.forWhom}</p>
          <Picker onPick={(one) => { chosen.value = one; }} />
        </>
      ) : (
        <form noValidate onSubmit={form.submit(make)}>
          <ErrorSummary errors={form.errors()} />
          <p class="quoted">{fullName(chosen.value)}{chosen.value.class && `, ${fill(t().student.class, { name: chosen.value.class })}`}</p>
          <p>{st().code.explain}</p>
          <FormActions busy={form.busy()} submit={st().code.make} onCancel={onClose} />
        </form>
      )}
    </Dialog>
  );
}
