import { t } from '../i18n';
import { api, ok, type Catalogue, type Entry } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { getEntry, keyOf, listEntries, withdrawEntry, writeEntry, type Subject } from '../lib/entries';
import { useForm } from '../lib/form';
import { fill } from '../lib/format';
import { joined } from '../lib/paged';
import { refresh, useResource } from '../lib/resource';
import { me } from '../lib/session';
import { toast } from '../lib/toast';
import { itemsOf, word } from '../lib/words';
import { ErrorSummary } from '../parts/ErrorSummary';
import { Mark } from '../parts/Mark';
import { PublicLine } from '../parts/PublicLine';
import { Empty, Loaded } from '../parts/States';

const PAGE = 200;

type Purpose = { purpose: string; given: boolean; missing: ('parent' | 'self')[] };
type Item = { entry: string; title: string; purposes: Purpose[] };

/** Gives a consent, to one entry or to all, and takes it back. */
function useConsent(subject: Subject) {
  const form = useForm();
  const after = (text: string) => {
    toast(text);
    refresh(keyOf(subject));
    refresh('work');
  };
  return {
    form,
    give: (purpose: string, entry?: string) => form.submit(async () => {
      await writeEntry(subject, { kind: 'consent', fields: { purpose, ...(entry && { entry }) } });
      after(t().consents.givenDone);
    })(),
    take: (consent: Entry) => form.submit(async () => {
      await withdrawEntry(subject, consent, '');
      after(t().consents.takenDone);
    })(),
  };
}

type ChoiceProps = { subject: Subject; entry?: string; title: string; of: Purpose; consents: Entry[]; may: boolean; catalogue: Catalogue };
/** One purpose: who has consented, and what is missing yet. */
function Choice({ subject, entry, title, of, consents, may, catalogue }: ChoiceProps) {
  const { form, give, take } = useConsent(subject);
  const purpose = word(catalogue, 'consent_purpose', of.purpose);
  const given = consents.filter((one) => one.fields.purpose === of.purpose && one.fields.entry === entry);
  const taken = given.find((one) => one.may?.includes('withdraw'));
  const asked = may && !of.given && !given.some((one) => one.by.id === me().person);
  const name = (act: string) => `${act}: ${purpose}, ${title}`;
  return (
    <li class="row">
      <span>
        {purpose}
        <ErrorSummary errors={form.errors()} />
        {given.map((one) => <span key={one.id} class="soft"> · {one.by.name}, {one.by.role}</span>)}
        {!of.given && of.missing.length > 0 && <span class="soft"> · {of.missing.map((one) => t().consents.missing[one]).join(', ')}</span>}
      </span>
      {of.given && <Mark tone="good" shape="check" text={t().consents.public} />}
      {taken && <button type="button" class="button small" aria-label={name(t().consents.take)} disabled={form.busy()} onClick={() => void take(taken)}>{t().consents.take}</button>}
      {asked && <button type="button" class="button small" aria-label={name(t().consents.give)} disabled={form.busy()} onClick={() => void give(of.purpose, entry)}>{t().consents.give}</button>}
    </li>
  );
}

/** How strangers would see it. */
function Preview({ subject, entry }: { subject: Subject; entry: string }) {
  const shown = useResource(`${keyOf(subject)}/entry/${entry}`, () => getEntry(subject, entry)).data;
  return shown && (
    <>
      <p class="hint">{t().consents.preview}</p>
      <ul class="public-list preview"><PublicLine entry={{ ...shown, period: shown.period ?? 0 }} /></ul>
    </>
  );
}

function OfEntry({ item, ...rest }: { subject: Subject; item: Item; consents: Entry[]; may: boolean; catalogue: Catalogue }) {
  const given = item.purposes.filter((one) => one.given).length;
  return (
    <li>
      <details>
        <summary><strong>{item.title}</strong> <span class="soft">{given ? fill(t().consents.givenOf, { n: String(given), of: String(item.purposes.length) }) : t().consents.nobodySees}</span></summary>
        <Preview subject={rest.subject} entry={item.entry} />
        <ul class="rows">
          {item.purposes.map((purpose) => <Choice key={purpose.purpose} {...rest} entry={item.entry} title={item.title} of={purpose} />)}
        </ul>
      </details>
    </li>
  );
}

/** What could be shown to everybody, one by one or all at once, and what stands behind it. */
export function Consents({ id }: { id: string }) {
  const subject: Subject = { about: 'student', id };
  const catalogue = useCatalogue().data;
  const key = `${keyOf(subject)}/consents`;
  // Read together, lest a row has no button for a moment, and the focus goes to the next consent. All of them: one for each
  // purpose of each entry is soon more than a page.
  const both = useResource(key, async () => {
    const [page, list] = await Promise.all([
      ok(api.GET('/api/v1/students/{id}/consents', { params: { path: { id } } })),
      joined(Infinity, (cursor) => listEntries(subject, { kind: 'consent', status: 'confirmed', limit: PAGE, cursor })),
    ]);
    return { items: page.items, standing: list.items, may: list.writes.includes('consent') };
  });
  return (
    <>
      <p class="lead">{t().consents.lead}</p>
      <Loaded of={both} retry={key}>
        {({ items, standing, may }) => !catalogue ? null : (
          <>
            {(may || standing.some((one) => !one.fields.entry)) && (
              <section aria-labelledby="general">
                <h2 id="general">{t().consents.general}</h2>
                <ul class="rows">
                  {itemsOf(catalogue, 'consent_purpose').map((one) => (
                    <Choice key={one.code} subject={subject} title={t().consents.general} of={{ purpose: one.code, given: false, missing: [] }} consents={standing} may={may} catalogue={catalogue} />
                  ))}
                </ul>
              </section>
            )}
            <section aria-labelledby="each">
              <h2 id="each">{t().consents.each}</h2>
              {items.length === 0 ? <Empty title={t().consents.empty} text={t().consents.emptyText} /> : (
                <ul class="consents">{items.map((one) => <OfEntry key={one.entry} subject={subject} item={one} consents={standing} may={may} catalogue={catalogue} />)}</ul>
              )}
            </section>
          </>
        )}
      </Loaded>
    </>
  );
}
