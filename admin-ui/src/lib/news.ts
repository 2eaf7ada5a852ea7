import type { paths } from 'api-schema';

export type News = paths['/api/v1/notifications']['get']['responses']['200']['content']['application/json']['items'][number];

/** What one person did alike on one day is told once: the newest of it first, as the whole list is. */
export function alike(items: News[]): News[][] {
  const groups = new Map<string, News[]>();
  for (const one of items) {
    const key = [new Date(one.time).toDateString(), one.what, one.by.name, one.by.role].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}
