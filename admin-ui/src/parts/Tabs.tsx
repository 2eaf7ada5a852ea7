import { Link } from './Link';

type Tab = { href: string; text: string; count: number; current: boolean };
/** Links, not ARIA tabs: each is an address of its own. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((one) => (
        <Link key={one.href} href={one.href} current={one.current}>
          {one.text}{one.count > 0 && <span class="tab-count"> {one.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
