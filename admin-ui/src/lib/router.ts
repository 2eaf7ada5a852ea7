// The address is the state: paths, filters and tabs live in it.
import { signal } from '@preact/signals';

const read = () => ({ path: location.pathname, query: new URLSearchParams(location.search) });
export const route = signal(read());

addEventListener('popstate', () => { route.value = read(); });

export function go(href: string, how: 'push' | 'replace' = 'push') {
  if (how === 'push') history.pushState(null, '', href);
  else history.replaceState(null, '', href);
  const path = route.value.path;
  route.value = read();
  if (path !== route.value.path) scrollTo(0, 0);
}

/** Sets or clears query parameters of the present address without a new history entry. */
export function setQuery(changes: Record<string, string>) {
  const query = new URLSearchParams(route.value.query);
  for (const [key, value] of Object.entries(changes)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  const text = query.toString();
  go(route.value.path + (text ? `?${text}` : ''), 'replace');
}

export function onLinkClick(event: MouseEvent) {
  const link = event.currentTarget as HTMLAnchorElement;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
  event.preventDefault();
  go(link.pathname + link.search + link.hash);
}
