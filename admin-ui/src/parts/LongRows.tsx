// The rows of a table that may have thousands, in runs: the browser lays out and paints only those near the window
// (`.run` in table.css). The rows are no boxes of a table to it, so they say themselves what they are.
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';

// A run costs its share of layout each time it comes near, whatever its size; a long one comes seldom.
const RUN = 16;
// Fewer are drawn at once.
const MANY = 100;

type Props<T> = { items: T[]; row: (item: T) => ComponentChildren };
export function LongRows<T>({ items, row }: Props<T>) {
  // The same answer is not drawn anew when something beside the table changes.
  return useMemo(() => (
    <>
      {Array.from({ length: Math.ceil(items.length / RUN) }, (_, i) => (
        <tbody key={i} role="rowgroup" class={items.length > MANY ? 'run' : undefined}>{items.slice(i * RUN, (i + 1) * RUN).map(row)}</tbody>
      ))}
    </>
  ), [items]);
}
