import { st } from '../i18n/staff';
import { act, api, ApiError, ok } from '../lib/api';
import { bare, grouped, strange, tooShort } from '../lib/code';
import { useDraft } from '../lib/drafts';
import { useForm } from '../lib/form';
import { fill } from '../lib/format';
import { refresh } from '../lib/resource';
import { setQuery } from '../lib/router';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { TextField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';
import { ScanButton } from '../parts/ScanButton';

export function ClaimDialog({ onClose }: { onClose: () => void }) {
  const draft = useDraft('draft:claim', { code: '' });
  const form = useForm();
  const { code } = draft.value.value;

  const send = async () => {
    const odd = strange(code);
    if (odd) return form.set({ code: fill(st().claim.badChar, { char: odd }) });
    if (tooShort(code)) return form.set({ code: st().claim.short });
    try {
      await ok(api.POST('/api/v1/transfers/claims', { params: { header: act() }, body: { code: grouped(code) } }));
    } catch (error) {
      if (error instanceof ApiError && error.problem?.code === 'bad_check') return form.set({ code: st().claim.badCheck });
      throw error;
    }
    await draft.discard();
    toast(st().claim.sent);
    refresh('transfers');
    setQuery({ tab: 'in' });
    onClose();
  };

  return (
    <Dialog title={st().claim.title} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send, { code: st().claim.label })}>
        <ErrorSummary errors={form.errors()} />
        <TextField
          label={st().claim.label}
          hint={st().claim.hint}
          error={form.of('code')}
          value={code}
          onValue={(text) => draft.change({ code: text })}
          input={{
            class: 'code-input', autocapitalize: 'characters', spellcheck: false, maxLength: 200,
            onBlur: () => { if (bare(code)) draft.change({ code: grouped(code) }); },
          }}
        />
        <ScanButton onCode={(read) => draft.change({ code: read })} />
        <FormActions busy={form.busy()} submit={st().claim.submit} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
