// Records on a stick, where there is no line to a neighbour.
import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, csrfHeader, ok } from '../lib/api';
import { useNetwork } from '../lib/data';
import { save } from '../lib/download';
import { useForm } from '../lib/form';
import { fill, number, plural } from '../lib/format';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { ErrorSummary } from '../parts/ErrorSummary';
import { Field, SelectField } from '../parts/Field';
import { Icon } from '../parts/Icon';
import { Progress } from '../parts/Progress';

function Write() {
  const network = useNetwork().data;
  const to = useSignal('');
  const form = useForm();
  const words = st().server;
  const labels = { to: words.carryTo };
  const others = (network?.schools ?? []).filter((one) => !one.me && one.status === 'member');
  const write = async () => {
    if (!to.value) return form.missing(['to'], labels);
    const blob = await ok(api.POST('/api/v1/bundles', { params: { header: csrfHeader() }, body: { to: to.value }, parseAs: 'blob' })) as unknown as Blob;
    save({ blob, name: 'estafeta.bundle' });
  };
  if (!others.length) return <p class="soft">{words.carryNobody}</p>;
  return (
    <form noValidate class="narrow" onSubmit={form.submit(write, labels)}>
      <ErrorSummary errors={form.errors()} />
      <SelectField label={labels.to} value={to.value} error={form.of('to')} onValue={(id) => { to.value = id; }}
        options={[{ value: '', text: t().entryForm.choose }, ...others.map((one) => ({ value: one.id, text: one.name }))]} />
      {form.busy() && <Progress text={st().download.prepares} />}
      <button type="submit" class="button" disabled={form.busy()}><Icon name="download" />{form.busy() ? t().common.working : words.carryWrite}</button>
    </form>
  );
}

function Read() {
  const file = useSignal<File | null>(null);
  const form = useForm();
  const words = st().server;
  const read = async () => {
    if (!file.value) return form.set({ file: words.carryNone });
    const report = await ok(api.POST('/api/v1/ingest', {
      params: { header: csrfHeader() }, headers: { 'Content-Type': 'application/octet-stream' }, body: file.value as unknown as string, bodySerializer: (body) => body as unknown as BodyInit,
    }));
    const refused = report.refused.reduce((n, one) => n + one.count, 0);
    toast([plural(report.new, words.carryDone), refused > 0 && fill(words.carryRefused, { n: number(refused) })].filter(Boolean).join('; '));
    refresh();
  };
  return (
    <form noValidate class="narrow" onSubmit={form.submit(read)}>
      <ErrorSummary errors={form.errors()} />
      <Field label={words.carryFile} error={form.of('file')}>
        {(control) => <input {...control} type="file" onChange={(event) => { file.value = event.currentTarget.files?.[0] ?? null; }} />}
      </Field>
      {form.busy() && <Progress text={words.carryWorking} />}
      <button type="submit" class="button" disabled={form.busy()}>{words.carryRead}</button>
    </form>
  );
}

export function Carry() {
  return (
    <section aria-labelledby="carry">
      <h2 id="carry">{st().server.carry}</h2>
      <p>{st().server.carryText}</p>
      <div class="two carry"><Write /><Read /></div>
    </section>
  );
}
