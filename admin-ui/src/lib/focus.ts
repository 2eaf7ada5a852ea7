// The focus is never lost to whoever works by keyboard: where the control that has it is out of use for a while, or is
// moved, the focus comes back to it; where it is taken away, what stands nearest has the focus.
const STOPS = ['a[href]', 'button', 'input', 'select', 'textarea', 'summary', '[tabindex]'].map((one) => `${one}:not(:disabled)`).join();
const THING = '[tabindex="-1"]';
const ENDS = 'main, dialog';

let last: HTMLElement | null = null;
addEventListener('focusin', (event) => { last = event.target as HTMLElement; });
// Who points at an empty place gives it up.
addEventListener('pointerdown', () => { last = null; });

const lost = () => document.activeElement === null || document.activeElement === document.body;

/** A thing that takes the focus as a whole, such as an entry, or the first control. */
function stopIn(place: Node | null) {
  if (!(place instanceof Element) || !place.isConnected) return null;
  const all = [place, ...place.querySelectorAll(THING), ...place.querySelectorAll(STOPS)] as HTMLElement[];
  return all.find((one) => one.matches(STOPS) && one.getClientRects().length > 0) ?? null;
}

/** The thing that it was in; else what follows, what precedes, and so on outwards to the whole screen. */
function nearest({ target, nextSibling, previousSibling }: MutationRecord): HTMLElement | null {
  let [at, next, previous] = [target as Element, nextSibling, previousSibling];
  const around = at.closest<HTMLElement>('[tabindex]');
  if (around && !around.matches(ENDS)) return around;
  const end = at.closest<HTMLElement>(ENDS);
  if (!end?.isConnected) return document.getElementById('main');
  for (;;) {
    const found = stopIn(next) ?? stopIn(previous) ?? stopIn(at);
    if (found || at === end) return found;
    [at, next, previous] = [at.parentElement!, at.nextElementSibling, at.previousElementSibling];
  }
}

/** Once a new screen, which has a place of its own for the focus, would have taken it. */
const later = (work: () => void) => requestAnimationFrame(() => setTimeout(work));

new MutationObserver((records) => {
  const had = last;
  if (!had) return;
  if (had.isConnected) {
    if (lost() && !had.matches(':disabled')) had.focus({ preventScroll: true });
    return;
  }
  const gone = records.find((one) => [...one.removedNodes].some((node) => node.contains(had)));
  if (gone) later(() => { if (last === had && lost()) nearest(gone)?.focus(); });
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['disabled'] });
