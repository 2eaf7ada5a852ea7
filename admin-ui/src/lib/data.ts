// What several screens read, each under its one key.
import { api, ok, type Entry } from './api';
import { keyOf, listEntries, type Subject } from './entries';
import { useResource } from './resource';

export const useSchool = () => useResource('school', () => ok(api.GET('/api/v1/school')));
export const useCatalogue = () => useResource('catalogue', () => ok(api.GET('/api/v1/catalogue')));
export const useWork = () => useResource('work', () => ok(api.GET('/api/v1/work')));
export const useNews = () => useResource('news', () => ok(api.GET('/api/v1/notifications')));
export const useTransfers = () => useResource('transfers', () => ok(api.GET('/api/v1/transfers')));
export const useNetwork = () => useResource('network', () => ok(api.GET('/api/v1/network')));
export const useErasures = () => useResource('erasures', () => ok(api.GET('/api/v1/erasures')));
export const useStudent = (id: string) =>
  useResource(`student/${id}`, () => ok(api.GET('/api/v1/students/{id}', { params: { path: { id } } })));

export type StudentQuery = NonNullable<import('api-schema').paths['/api/v1/students']['get']['parameters']['query']>;
/** Loads `pages` pages as one list. */
export const useStudents = (query: StudentQuery, pages = 1) =>
  useResource(`students/${pages}/${JSON.stringify(query)}`, () => studentPages(query, pages));

// The first page is soon there; whoever wants more gets the most at once.
const FIRST_PAGE = 50;
const PAGE = 200;

async function studentPages(query: StudentQuery, pages: number) {
  const ask = (cursor?: string) => ok(api.GET('/api/v1/students', { params: { query: { limit: cursor ? PAGE : FIRST_PAGE, ...query, cursor } } }));
  const all = await ask();
  for (let i = 1; i < pages && all.next; i++) {
    const more = await ask(all.next);
    all.items.push(...more.items);
    all.next = more.next;
  }
  return all;
}

type EntryQuery = { kind?: string; status?: Entry['status']; section?: string; activity?: string; subject?: string; query?: string; period?: number };
export const useEntries = (subject: Subject, query: EntryQuery, pages: number) =>
  useResource(`${keyOf(subject)}/entries/${pages}/${JSON.stringify(query)}`, () => entryPages(subject, query, pages));

async function entryPages(subject: Subject, query: EntryQuery, pages: number) {
  const ask = (cursor?: string) => listEntries(subject, { ...query, limit: 100, cursor });
  const all = await ask();
  for (let i = 1; i < pages && all.next; i++) {
    const more = await ask(all.next);
    all.items.push(...more.items);
    all.next = more.next;
  }
  return all;
}
