// A code on paper for one person, from that person's own page.
import { useSignal } from '@preact/signals';
import { st } from '../i18n/staff';
import { api, csrfHeader, ok, type IssuedCode } from '../lib/api';
import { useForm } from '../lib/form';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { FormActions } from '../parts/FormActions';
import { Icon } from '../parts/Icon';
import { IssuedDialog } from './IssuedDialog';

/** text: how they are called among several. */
export type CodeFor = { kind: 'student' | 'guardian' | 'staff'; person: string; guardian?: string; text: string };

function Asking({ people, onMade, onClose }: { people: CodeFor[]; onMade: (code: IssuedCode) => void; onClose: () => void }) {
  const chosen = useSignal(0);
  const form = useForm();
  const make = async () => {
    const { kind, person, guardian } = people[chosen.value]!;
    const made = await ok(api.POST('/api/v1/accounts/codes', { params: { header: csrfHeader() }, body: { kind, people: [{ person, guardian }] } }));
    onMade(made.items[0]!);
  };
  return (
    <Dialog title={st().access.code} onClose={onClose}>
      <form noValidate onSubmit={form.submit(make)}>
        <ErrorSummary errors={form.errors()} />
        <p>{st().accounts.codesText}</p>
        {people.length > 1 && (
          <fieldset>
            <legend>{st().access.codeFor}</legend>
            {people.map((one, i) => (
              <label key={one.text} class="check">
                <input type="radio" name="whom" checked={chosen.value === i} onChange={() => { chosen.value = i; }} />{one.text}
              </label>
            ))}
          </fieldset>
        )}
        <FormActions busy={form.busy()} submit={st().accounts.make} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

export function PersonCode({ people }: { people: CodeFor[] }) {
  const open = useSignal<'asking' | IssuedCode | null>(null);
  const close = () => { open.value = null; };
  return (
    <>
      <button type="button" class="button" onClick={() => { open.value = 'asking'; }}><Icon name="keys" />{st().access.code}</button>
      {open.value === 'asking' ? <Asking people={people} onMade={(code) => { open.value = code; }} onClose={close} />
        : open.value && <IssuedDialog issued={open.value} onClose={close} />}
    </>
  );
}
