import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import { useCatalogue, useEntries } from '../lib/data';
import type { Subject } from '../lib/entries';
import { EntryForm } from '../parts/EntryForm';

/** What the student says of themselves; only they write it. */
export function Profile({ subject }: { subject: Subject }) {
  const entries = useEntries(subject, { kind: 'profile', status: 'confirmed' }, 1).data;
  const kind = useCatalogue().data?.kinds.find((one) => one.code === 'profile');
  const open = useSignal(false);
  const writes = entries?.writes ?? [];
  const profile = entries?.items[0];
  const may = writes.includes('profile');
  if (!kind || !entries || (!profile && !may)) return null;
  return (
    <section class="profile" aria-labelledby="profile">
      <div class="section-head">
        <h2 id="profile">{t().child.about}</h2>
        {may && <button type="button" class="button small" onClick={() => { open.value = true; }}>{profile ? t().entry.fix : t().child.tell}</button>}
      </div>
      {profile ? (
        <dl class="entry-fields">
          {kind.fields.filter((one) => one.code in profile.fields).map((one) => {
            const words = profile.words[one.code];
            return <div key={one.code}><dt>{titled(one.title)}</dt><dd>{Array.isArray(words) ? words.join(', ') : String(words ?? profile.fields[one.code])}</dd></div>;
          })}
        </dl>
      ) : <p class="soft">{t().child.tellText}</p>}
      {open.value && <EntryForm subject={subject} writes={writes} preset={profile ? undefined : { kind: 'profile' }} replaces={profile} onClose={() => { open.value = false; }} />}
    </section>
  );
}
