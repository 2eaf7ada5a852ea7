// What was written without a link and is not at the school yet.
import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import { ApiError, type Problem } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { keyOf, type Subject } from '../lib/entries';
import { errorText } from '../lib/errors';
import { plural } from '../lib/format';
import type { Item } from '../lib/outbox';
import { queue } from '../lib/queue';
import { toast } from '../lib/toast';
import { EntryForm } from './EntryForm';
import { Mark } from './Mark';
import { When } from './Time';

const reason = (item: Item) => errorText(new ApiError(item.refused as Problem));

type Props = { subject: Subject; writes: string[]; kind?: string; onMend?: (item: Item) => void };
/** kind: of that one alone. onMend: where it is mended, if not in the usual form. */
export function Unsent({ subject, writes, kind, onMend }: Props) {
  const catalogue = useCatalogue().data;
  const mending = useSignal<Item | null>(null);
  const items = queue.items.value.filter((one) => keyOf(one.subject) === keyOf(subject) && (!kind || one.kind === kind));
  if (!items.length) return null;
  const kindOf = (item: Item) => catalogue?.kinds.find((one) => one.code === item.kind);
  const nameOf = (item: Item) => (typeof item.fields.name === 'string' ? item.fields.name : titled(kindOf(item)?.title ?? { ru: item.kind, en: item.kind }));
  const remove = (item: Item) => {
    void queue.remove(item);
    toast(t().outbox.removed);
  };
  return (
    <section class="waiting" aria-labelledby="waiting">
      <h3 id="waiting">{plural(items.length, t().outbox.count)}</h3>
      {items.some((one) => !one.refused) && <p class="hint">{t().outbox.explain}</p>}
      <ul>
        {items.map((item) => (
          <li key={item.key} class="waiting-entry">
            <div>
              {item.refused ? <Mark tone="bad" shape="cross" text={t().outbox.refused} /> : <Mark tone="wait" shape="clock" text={t().outbox.waiting} />}
              <p><strong>{nameOf(item)}</strong></p>
              <p class="soft">{kindOf(item) && titled(kindOf(item)!.title)} · <When iso={item.made} /></p>
              {item.refused && <p class="error">{reason(item)}</p>}
            </div>
            <div class="actions">
              <button type="button" class="button small" aria-label={`${t().entry.fix}: ${nameOf(item)}`} onClick={() => (onMend ? onMend(item) : (mending.value = item))}>{t().entry.fix}</button>
              <button type="button" class="button small" aria-label={`${t().outbox.remove}: ${nameOf(item)}`} onClick={() => remove(item)}>{t().outbox.remove}</button>
            </div>
          </li>
        ))}
      </ul>
      {mending.value && <EntryForm subject={subject} writes={writes} queued={mending.value} onClose={() => { mending.value = null; }} />}
    </section>
  );
}
