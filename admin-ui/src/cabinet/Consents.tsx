import { t } from '../i18n';
import { api, ok, type Catalogue, type Entry } from '../lib/api';
import { useCatalogue, useEntries } from '../lib/data';
import { keyOf, withdrawEntry, writeEntry, type Subject } from '../lib/entries';
import { useForm } from '../lib/form';
import { refresh, useResource } from '../lib/resource';
import { toast } from '../lib/toast';
import { word } from '../lib/words';
import { ErrorSummary } from '../parts/ErrorSummary';
import { Mark } from '../parts/Mark';
import { Empty, Loaded } from '../parts/States';

type Purpose = { purpose: string; given: boolean; missing: ('parent' | 'self')[] };

/** Consent to each purpose for one entry; what is missing says whose. */
function Choice({ subject, entry, of, consents, catalogue }: { subject: Subject; entry: string; of: Purpose; consents: Entry[]; catalogue: Catalogue }) {
  const form = useForm();
  const mine = consents.find((one) => one.fields.purpose === of.purpose && one.fields.entry === entry && one.may?.includes('withdraw'));
  const give = form.submit(async () => {
    await writeEntry(subject, { kind: 'consent', fields: { purpose: of.purpose, entry } });
    toast(t().consents.givenDone);
    refresh(keyOf(subject));
    refresh('work');
  });
  const take = form.submit(async () => {
    await withdrawEntry(subject, mine!, '');
    toast(t().consents.takenDone);
    refresh(keyOf(subject));
    refresh('work');
  });
  return (
    <li class="row">
      <span>
        {word(catalogue, 'consent_purpose', of.purpose)}
        <ErrorSummary errors={form.errors()} />
        {!of.given && of.missing.length > 0 && <span class="soft"> · {of.missing.map((one) => t().consents.missing[one]).join(', ')}</span>}
      </span>
      {of.given && <Mark tone="good" shape="check" text={t().consents.public} />}
      {mine ? <button type="button" class="button small" disabled={form.busy()} onClick={() => void take()}>{t().consents.take}</button>
        : !of.given && <button type="button" class="button small" disabled={form.busy()} onClick={() => void give()}>{t().consents.give}</button>}
    </li>
  );
}

/** What could be shown to everybody, one by one, and what stands behind it. */
export function Consents({ id }: { id: string }) {
  const subject: Subject = { about: 'student', id };
  const catalogue = useCatalogue();
  const open = useResource(`student/${id}/consents`, () => ok(api.GET('/api/v1/students/{id}/consents', { params: { path: { id } } })));
  const consents = useEntries(subject, { kind: 'consent' }, 1);
  const standing = (consents.data?.items ?? []).filter((one) => one.status === 'confirmed');
  const general = standing.filter((one) => !one.fields.entry);
  return (
    <>
      <p class="lead">{t().consents.lead}</p>
      {general.length > 0 && catalogue.data && (
        <section>
          <h2>{t().consents.general}</h2>
          <ul class="rows">
            {general.map((one) => (
              <li key={one.id} class="row">
                <span>{word(catalogue.data!, 'consent_purpose', String(one.fields.purpose))}<span class="soft"> · {one.by.name}, {one.by.role}</span></span>
                {one.may?.includes('withdraw') && (
                  <button type="button" class="button small" onClick={() => void withdrawEntry(subject, one, '').then(() => { toast(t().consents.takenDone); refresh(keyOf(subject)); })}>{t().consents.take}</button>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Loaded of={open} retry={`student/${id}/consents`}>
        {(data) => data.items.length === 0 ? <Empty title={t().consents.empty} text={t().consents.emptyText} /> : (
          <ul class="consents">
            {data.items.map((one) => (
              <li key={one.entry}>
                <h3>{one.title}</h3>
                <ul class="rows">
                  {catalogue.data && one.purposes.map((purpose) => (
                    <Choice key={purpose.purpose} subject={subject} entry={one.entry} of={purpose} consents={standing} catalogue={catalogue.data!} />
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </>
  );
}
