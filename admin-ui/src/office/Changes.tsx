import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, csrfHeader, ok } from '../lib/api';
import { useForm } from '../lib/form';
import { dateTime, fill, plural } from '../lib/format';
import { useChanges } from '../lib/people';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { Loaded } from '../parts/States';
import { Ago } from '../parts/Time';
import { Progress } from '../parts/Progress';

type Large = { id: string; what: 'import' | 'promotion'; time: string; cards: number };

/** Says what goes before it goes. */
function UndoDialog({ change, onUndone, onClose }: { change: Large; onUndone?: () => void; onClose: () => void }) {
  const form = useForm();
  const words = st().changes;
  const undo = async () => {
    const { undone, kept } = await ok(api.DELETE('/api/v1/changes/{id}', { params: { path: { id: change.id }, header: csrfHeader() } }));
    toast([plural(undone, words.undone), kept > 0 && plural(kept, words.kept)].filter(Boolean).join('; '));
    refresh();
    onUndone?.();
    onClose();
  };
  return (
    <Dialog title={words.sure[change.what]} onClose={onClose}>
      <form noValidate onSubmit={form.submit(undo)}>
        <ErrorSummary errors={form.errors()} />
        <p class="quoted">{words.what[change.what]}, {dateTime(change.time)}</p>
        <p>{plural(change.cards, words.goes)} {change.what === 'import' && words.goesNew} {words.stays}</p>
        {form.busy() && <Progress text={words.working} />}
        <div class="actions">
          <button type="submit" class="button danger" disabled={form.busy()}>{form.busy() ? t().common.working : words.confirm}</button>
          <button type="button" class="button" onClick={onClose}>{t().common.cancel}</button>
        </div>
      </form>
    </Dialog>
  );
}

/** Large changes of the last month, each with the way back. */
export function Changes({ onUndone }: { onUndone?: () => void }) {
  const changes = useChanges();
  const asked = useSignal<Large | null>(null);
  const words = st().changes;
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">{words.title}</h2>
      <p class="hint">{words.lead}</p>
      <Loaded of={changes} retry="changes" rows={2}>
        {(data) => data.length === 0 ? <p class="soft">{words.empty}. {words.emptyText}</p> : (
          <ul class="rows">
            {data.map((one) => (
              <li key={one.id} class="row">
                <span><strong>{words.what[one.what]}</strong> · {plural(one.cards, words.cards)}<br /><span class="soft"><Ago iso={one.time} />, {dateTime(one.time)}</span></span>
                <button type="button" class="button small" aria-label={fill(words.undoOf, { what: words.what[one.what], date: dateTime(one.time) })} onClick={() => { asked.value = one; }}>{words.undo}</button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {asked.value && <UndoDialog change={asked.value} onUndone={onUndone} onClose={() => { asked.value = null; }} />}
    </section>
  );
}
