import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import { act, api, ok, randomKey, type Catalogue, type ClassCard, type Entry } from '../lib/api';
import { useCatalogue, useEntries } from '../lib/data';
import { useDraft } from '../lib/drafts';
import { useForm } from '../lib/form';
import { fill, fullName, plural } from '../lib/format';
import { refresh } from '../lib/resource';
import { toast } from '../lib/toast';
import { itemsOf, word } from '../lib/words';
import { ListsField } from '../parts/CatalogueField';
import { DraftNote } from '../parts/DraftNote';
import { ErrorSummary } from '../parts/ErrorSummary';
import { SelectField, TextField } from '../parts/Field';
import { Empty, Loaded } from '../parts/States';
import { EMPTY, levelOf, mark, ratings, settle, type Sheet } from './sheet';

const AT_ONCE = 200;
const STEP: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

type GridProps = { group: ClassCard; catalogue: Catalogue; sheet: Sheet; max: number; refused: ReadonlyMap<string, string>; onMark: (student: string, competence: string, level: number | null) => void };

/** One cell for each student and competence: arrows move, a digit marks and goes on to the next student. */
function Grid({ group, catalogue, sheet, max, refused, onMark }: GridProps) {
  const table = useRef<HTMLTableElement>(null);
  const focus = (row: number, column: number) => table.current?.querySelector<HTMLInputElement>(`[data-at="${row} ${column}"]`)?.focus();
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={st().rating.title}>
      <table class="grid" ref={table}>
        <thead>
          <tr>
            <th scope="col">{t().students.name}</th>
            {sheet.competences.map((one) => <th key={one} scope="col"><span>{word(catalogue, 'competence', one)}</span></th>)}
          </tr>
        </thead>
        <tbody>
          {group.members!.map((student, row) => (
            <tr key={student.id}>
              <th scope="row">{fullName({ ...student, patronymic: '' })}</th>
              {sheet.competences.map((one, column) => {
                const level = sheet.marks[student.id]?.[one];
                const why = refused.get(`${student.id} ${one}`);
                return (
                  <td key={one}>
                    <input inputMode="numeric" autocomplete="off" data-at={`${row} ${column}`} data-heat={level === undefined ? undefined : Math.round((level / max) * 5)}
                      aria-label={`${fullName(student)}: ${word(catalogue, 'competence', one)}`} aria-invalid={why ? 'true' : undefined} title={why} value={level ?? ''}
                      onFocus={(e) => e.currentTarget.select()}
                      onInput={(e) => {
                        const next = levelOf(e.currentTarget.value, max);
                        e.currentTarget.value = next === undefined ? String(level ?? '') : String(next ?? '');
                        if (next === undefined) return;
                        onMark(student.id, one, next);
                        if (next !== null) focus(row + 1, column);
                      }}
                      onKeyDown={(e) => {
                        const step = STEP[e.key];
                        if (!step) return;
                        e.preventDefault();
                        focus(row + step[0], column + step[1]);
                      }} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const entryOf = (works: Entry[], id: string) => works.find((one) => one.id === id);

function Form({ group, catalogue, works }: { group: ClassCard; catalogue: Catalogue; works: Entry[] }) {
  const kind = catalogue.kinds.find((one) => one.code === 'rating')!;
  const field = (code: string) => kind.fields.find((one) => one.code === code)!;
  const max = field('level').max;
  const draft = useDraft<Sheet>(`draft:rating:${group.id}`, EMPTY);
  const form = useForm();
  const refused = useSignal<ReadonlyMap<string, string>>(new Map());
  // The same marks sent again, because no answer came, are the same act.
  const keys = useRef(new Map<string, string>());
  const choosing = useSignal(draft.value.value.competences.length === 0);
  const sheet = draft.value.value;
  const filled = ratings(sheet).length;
  const labels = { competences: st().rating.competences };

  const choose = (id: string) => {
    const work = entryOf(works, id)?.fields;
    draft.change(work ? { procedure: id, source: String(work.sort), date: String(work.date ?? ''), competences: work.competences as string[] } : { procedure: '', source: EMPTY.source });
  };
  const send = async () => {
    if (!sheet.competences.length) return form.missing(['competences'], labels);
    if (!filled) return form.set({ '': st().rating.nothing });
    const all = ratings(sheet);
    let { marks } = sheet;
    const why = new Map<string, string>();
    for (let at = 0; at < all.length; at += AT_ONCE) {
      const some = all.slice(at, at + AT_ONCE);
      const text = JSON.stringify(some);
      const key = keys.current.get(text) ?? randomKey();
      keys.current.set(text, key);
      const answer = await ok(api.POST('/api/v1/entries', { params: { header: act(key) }, body: { items: some } }));
      keys.current.delete(text);
      const left = settle(marks, some, answer.items);
      marks = left.marks;
      left.refused.forEach((text, cell) => why.set(cell, text));
      draft.change({ marks });
    }
    refused.value = why;
    refresh(`class/${group.id}`);
    refresh('student');
    if (why.size) form.set({ '': fill(st().rating.refused, { n: String(why.size), why: [...new Set(why.values())].join('; ') }) });
    else await draft.discard();
    if (all.length > why.size) toast(plural(all.length - why.size, st().rating.done));
  };

  return (
    <form noValidate onSubmit={form.submit(send, labels)}>
      <ErrorSummary errors={form.errors()} />
      <div class="filters compact">
        {works.length > 0 && (
          <SelectField label={st().rating.work} value={sheet.procedure} onValue={choose}
            options={[{ value: '', text: st().rating.noWork }, ...works.map((one) => ({ value: one.id, text: one.title }))]} />
        )}
        <SelectField label={titled(field('source').title)} value={sheet.source} onValue={(source) => draft.change({ source })}
          options={itemsOf(catalogue, field('source').list).map((one) => ({ value: one.code, text: titled(one.title) }))} />
        <TextField label={titled(field('date').title)} optional value={sheet.date} onValue={(date) => draft.change({ date })} input={{ type: 'date' }} />
      </div>
      <details class="choose-columns" open={choosing.value} onToggle={(e) => { choosing.value = e.currentTarget.open; }}>
        <summary>{st().rating.competences}{sheet.competences.length > 0 && <span class="count-mark">{sheet.competences.length}</span>}</summary>
        <ListsField field={{ ...field('competence'), title: { ru: st().rating.choose, en: st().rating.choose } }} catalogue={catalogue} value={sheet.competences} error={form.of('competences')}
          onValue={(codes) => draft.change({ competences: codes as string[] })} />
      </details>
      {sheet.competences.length > 0 && (
        <>
          <p class="hint">{fill(st().rating.keys, { max: String(max) })}</p>
          <Grid group={group} catalogue={catalogue} sheet={sheet} max={max} refused={refused.value}
            onMark={(student, competence, level) => draft.change({ marks: mark(draft.value.value.marks, student, competence, level) })} />
        </>
      )}
      <DraftNote state={draft.state.value} onDiscard={() => void draft.discard()} />
      <div class="actions sticky-actions">
        <button type="submit" class="button primary" disabled={form.busy()}>{form.busy() ? t().common.working : filled ? plural(filled, st().rating.save) : t().entryForm.submit}</button>
      </div>
    </form>
  );
}

/** A whole class rated in one table. */
export function Rating({ group }: { group: ClassCard }) {
  const catalogue = useCatalogue();
  const works = useEntries({ about: 'class', id: group.id }, { kind: 'procedure' }, 1);
  if (!group.members?.length) return <Empty title={st().classroom.empty} text={st().classroom.emptyText} />;
  return (
    <Loaded of={works} retry={`class/${group.id}/entries`}>
      {(data) => catalogue.data && <Form group={group} catalogue={catalogue.data} works={data.items.filter((one) => one.status === 'confirmed')} />}
    </Loaded>
  );
}
