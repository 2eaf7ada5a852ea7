import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import type { Catalogue, Kind } from '../lib/api';
import { fill } from '../lib/format';
import { itemsOf, word } from '../lib/words';
import { AreaField } from '../parts/Field';
import { Icon } from '../parts/Icon';
import { moved } from './order';

const LIST = 'lesson_stage';
type Values = Record<string, unknown>;
type Props = { kind: Kind; catalogue: Catalogue; values: Values; onValues: (part: Values) => void };

/** What the stage's own words are kept under. */
export const textOf = (stage: string) => `stage_${stage}`;

/** The course of the lesson: stages are chosen, moved by buttons or dragged, and each is written down. */
export function Stages({ kind, catalogue, values, onValues }: Props) {
  const chosen = (values.stages as string[] | undefined) ?? [];
  const dragged = useSignal<number | null>(null);
  const said = useSignal('');
  const field = (stage: string) => kind.fields.find((one) => one.code === textOf(stage));
  const name = (stage: string) => word(catalogue, LIST, stage);
  const move = (from: number, to: number) => {
    if (to < 0 || to >= chosen.length) return;
    said.value = fill(st().lessons.movedTo, { name: name(chosen[from]!), n: String(to + 1) });
    onValues({ stages: moved(chosen, from, to) });
  };
  const left = itemsOf(catalogue, LIST).filter((one) => !chosen.includes(one.code));
  return (
    <>
      <p class="visually-hidden" role="status">{said.value}</p>
      <ol class="stages">
        {chosen.map((stage, i) => (
          <li key={stage} class={dragged.value === i ? 'stage dragged' : 'stage'}
            onDragOver={(e) => { if (dragged.value !== null) e.preventDefault(); }}
            onDrop={(e) => { e.preventDefault(); if (dragged.value !== null) move(dragged.value, i); dragged.value = null; }}>
            <div class="stage-head">
              <span class="grip" draggable aria-hidden="true" onDragStart={() => { dragged.value = i; }} onDragEnd={() => { dragged.value = null; }}>⠿</span>
              <strong>{i + 1}. {name(stage)}</strong>
              <span class="stage-tools">
                <button type="button" class="icon-button" aria-disabled={i === 0} aria-label={fill(st().lessons.up, { name: name(stage) })} onClick={() => move(i, i - 1)}><Icon name="up" size={16} /></button>
                <button type="button" class="icon-button" aria-disabled={i === chosen.length - 1} aria-label={fill(st().lessons.down, { name: name(stage) })} onClick={() => move(i, i + 1)}><Icon name="down" size={16} /></button>
                <button type="button" class="icon-button" aria-label={fill(t().files.remove, { name: name(stage) })} onClick={() => onValues({ stages: chosen.filter((one) => one !== stage) })}><Icon name="cross" size={16} /></button>
              </span>
            </div>
            {field(stage) && (
              <AreaField label={st().lessons.what} value={String(values[textOf(stage)] ?? '')} max={field(stage)!.max} rows={3} onValue={(text) => onValues({ [textOf(stage)]: text })} />
            )}
          </li>
        ))}
      </ol>
      {left.length > 0 && (
        <fieldset class="field">
          <legend>{st().lessons.addStage}</legend>
          <ul class="chips">
            {left.map((one) => (
              <li key={one.code}>
                <button type="button" class="chip" aria-label={`${st().lessons.addStage}: ${titled(one.title)}`} onClick={() => onValues({ stages: [...chosen, one.code] })}>
                  <Icon name="plus" size={16} />{titled(one.title)}
                </button>
              </li>
            ))}
          </ul>
        </fieldset>
      )}
    </>
  );
}
