import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

const WIDE = '(min-width: 700px)';

/** Open where there is room; on a telephone a line that unfolds. */
export function Fold({ title, open, children }: { title: ComponentChildren; open?: boolean; children: ComponentChildren }) {
  const [is, set] = useState(() => open || matchMedia(WIDE).matches);
  return (
    <details class="fold" open={is} onToggle={(e) => set(e.currentTarget.open)}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
