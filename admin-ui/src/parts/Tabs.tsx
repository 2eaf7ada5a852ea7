import { useLayoutEffect, useRef } from 'preact/hooks';
import { Link } from './Link';

const PEEK = 40;

type Tab = { href: string; text: string; count: number; current: boolean };
/** Links, not ARIA tabs: each is an address of its own. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  const row = useRef<HTMLElement>(null);
  const current = tabs.find((one) => one.current)?.href;
  // In a narrow window the row scrolls: the current one is in sight, and a little of the next.
  useLayoutEffect(() => {
    const here = row.current?.querySelector<HTMLElement>('[aria-current]');
    if (here) row.current!.scrollLeft = here.offsetLeft + here.offsetWidth + PEEK - row.current!.clientWidth;
  }, [current]);
  return (
    <nav class="tabs" aria-label={label} ref={row}>
      {tabs.map((one) => (
        <Link key={one.href} href={one.href} current={one.current}>
          {one.text}{one.count > 0 && <span class="tab-count"> {one.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
