// Single keys for the review of entries. They can be switched off (WCAG 2.1.4).
import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { RefObject } from 'preact';

const KEY = 'estafeta.keys';
export const reviewKeys = signal(localStorage.getItem(KEY) !== 'off');
effect(() => localStorage.setItem(KEY, reviewKeys.value ? 'on' : 'off'));

type Acts = { confirm: (entry: string) => void; giveBack: (entry: string) => void; help: () => void };

// By the key's place, so that a Russian layout does as well as a Latin one.
const STEP: Record<string, number> = { KeyJ: 1, KeyK: -1 };
const isTyping = (target: EventTarget | null) => target instanceof Element && target.closest('input:not([type=checkbox]), textarea, select, dialog') !== null;

export function useReviewKeys(list: RefObject<HTMLElement>, active: boolean, acts: Acts) {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    if (!active || !reviewKeys.value) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const cards = [...(list.current?.querySelectorAll<HTMLElement>('[data-entry]') ?? [])];
      const at = cards.findIndex((one) => one.contains(document.activeElement));
      const entry = cards[at]?.dataset.entry;
      const step = STEP[event.code];
      if (step) cards[at < 0 ? (step > 0 ? 0 : cards.length - 1) : at + step]?.focus();
      else if (event.code === 'KeyA' && entry) latest.current.confirm(entry);
      else if (event.code === 'KeyR' && entry) latest.current.giveBack(entry);
      else if (event.key === '?' || (event.code === 'Slash' && event.shiftKey)) latest.current.help();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [active, reviewKeys.value]);
}
