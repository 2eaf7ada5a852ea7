import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import { ApiError } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { errorText } from '../lib/errors';
import { date, fill, fullName } from '../lib/format';
import type { HeldClass } from '../lib/people';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { ClassDialog, putClass } from './ClassDialog';
import { Dialog } from '../parts/Dialog';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';

async function setClosed(card: HeldClass, closed: boolean) {
  const words = st().groups;
  try {
    await putClass(card, { closed });
    toast(closed ? fill(words.closedDone, { name: card.name }) : words.saved);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(errorText(error), { tone: 'error' });
  }
  for (const key of ['class', 'school']) refresh(key);
}

function CloseDialog({ card, onClose }: { card: HeldClass; onClose: () => void }) {
  return (
    <Dialog title={st().groups.close} onClose={onClose}>
      <p class="quoted">{card.name}</p>
      <p>{st().groups.closeText}</p>
      <div class="actions">
        <button type="button" class="button danger" onClick={() => { void setClosed(card, true); onClose(); }}>{st().groups.close}</button>
        <button type="button" class="button" onClick={onClose}>{t().common.cancel}</button>
      </div>
    </Dialog>
  );
}

/** What the administrator does with a class: its staff, its closing, codes for all in it. */
export function ClassActions({ card }: { card: HeldClass }) {
  const open = useSignal<'edit' | 'close' | null>(null);
  const close = () => { open.value = null; };
  const words = st().groups;
  const codes = (who: string) => `/accounts?codes=${who}&class=${encodeURIComponent(card.name)}`;
  return (
    <>
      <button type="button" class="button" onClick={() => { open.value = 'edit'; }}>{words.edit}</button>
      {card.type === 'class' && !card.closed && (
        <>
          <Link href={codes('student')} class="button"><Icon name="keys" />{words.codes}</Link>
          <Link href={codes('guardian')} class="button"><Icon name="keys" />{words.guardianCodes}</Link>
        </>
      )}
      {card.closed ? <button type="button" class="button" onClick={() => void setClosed(card, false)}>{words.reopen}</button>
        : <button type="button" class="button quiet" onClick={() => { open.value = 'close'; }}>{words.close}</button>}
      {open.value === 'edit' && <ClassDialog card={card} onClose={close} />}
      {open.value === 'close' && <CloseDialog card={card} onClose={close} />}
    </>
  );
}

export function ClassStaff({ card }: { card: HeldClass }) {
  const subjects = useCatalogue().data?.lists.school_subject?.items ?? [];
  const words = st().groups;
  return (
    <section aria-labelledby="class-staff">
      <h2 id="class-staff">{words.staff}</h2>
      {card.staff.length === 0 ? <p class="soft">{words.noStaff}</p> : (
        <ul class="rows">
          {card.staff.map((one, i) => {
            const subject = subjects.find((item) => item.code === one.subject);
            return (
              <li key={i} class="row">
                <Link href={`/staff/${one.staff.id}`}>{fullName(one.staff)}</Link>
                <span class="soft">
                  {[st().staffList.relation[one.relation], subject && titled(subject.title).toLocaleLowerCase(), one.until && fill(st().staffList.until, { date: date(one.until) }),
                    one.substitutes && `${words.substitutes.toLocaleLowerCase()}: ${fullName(one.substitutes)}`].filter(Boolean).join(', ')}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
