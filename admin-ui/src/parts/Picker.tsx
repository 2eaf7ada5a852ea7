// Something found by a part of its name: what was found under the box, what was chosen always in sight.
import type { ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t, titled } from '../i18n';
import { ApiError, type KindField } from '../lib/api';
import { isPicked, type Picked } from '../lib/entries';
import { errorText } from '../lib/errors';
import { fill, plural } from '../lib/format';
import { Field } from './Field';
import { Icon, type IconName } from './Icon';

const DEBOUNCE_MS = 250;
const SHOWN = 8;

export type Found = Picked & { note?: string };
export type Chosen = string | Picked;
/** least: letters before it looks; 0: the first ones stand there before anything is typed. nameOf: of what was chosen earlier. */
type Props = {
  field: KindField; most: number; value: Chosen[]; onValue: (value: Chosen[]) => void; error?: string;
  least: number; icon: IconName; find: (text: string) => Promise<Found[]>; nameOf: (id: string) => ComponentChildren;
};
const idOf = (one: Chosen) => (isPicked(one) ? one.id : one);

export function Picker({ field, most, value, onValue, error, least, icon, find, nameOf }: Props) {
  const query = useSignal('');
  const found = useSignal<Found[] | null>(null);
  const failed = useSignal('');
  const box = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  const text = query.value.trim();
  const open = value.length < most && text.length >= least;
  useEffect(() => {
    if (!open) {
      found.value = null;
      failed.value = '';
      return;
    }
    let asked = true;
    const timer = window.setTimeout(() => {
      find(text).then(
        (all) => { if (asked) { found.value = all.filter((one) => !value.some((v) => idOf(v) === one.id)).slice(0, SHOWN); failed.value = ''; } },
        (problem) => {
          if (!(problem instanceof ApiError)) throw problem;
          if (asked) failed.value = errorText(problem);
        },
      );
    }, text ? DEBOUNCE_MS : 0);
    return () => {
      asked = false;
      clearTimeout(timer);
    };
  }, [open, text, value.length]);
  // The button that was pressed is gone: whoever works by keyboard goes on from the box, or from what was chosen.
  useEffect(() => {
    if (moved.current) box.current?.querySelector<HTMLElement>('input, .files button')?.focus();
    moved.current = false;
  }, [value.length]);
  const change = (next: Chosen[]) => {
    moved.current = true;
    query.value = '';
    onValue(next);
  };
  return (
    <div class="field" ref={box}>
      {value.length < most && (
        <Field label={titled(field.title)} hint={field.help && titled(field.help)} optional={!field.required} error={error ?? (failed.value || undefined)}>
          {(control) => <input type="search" autocomplete="off" {...control} value={query.value} onInput={(e) => { query.value = e.currentTarget.value; }} />}
        </Field>
      )}
      {open && found.value && (
        <>
          <p class={found.value.length ? 'visually-hidden' : 'hint'} role="status">{found.value.length ? plural(found.value.length, t().search.count) : t().search.none}</p>
          <ul class="found">
            {found.value.map(({ id, text: name, note }) => (
              <li key={id}><button type="button" onClick={() => change([...value, { id, text: name }])}>{name}{note && <span class="soft">{note}</span>}</button></li>
            ))}
          </ul>
        </>
      )}
      <ul class="files">
        {value.map((one) => (
          <li key={idOf(one)}>
            <Icon name={icon} /><span>{isPicked(one) ? one.text : nameOf(one)}</span>
            <button type="button" class="icon-button" aria-label={fill(t().files.remove, { name: isPicked(one) ? one.text : t().entryForm.chosen })}
              onClick={() => change(value.filter((v) => v !== one))}>
              <Icon name="cross" size={16} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
