// What several screens read, each under its one key.
import { api, ok, type Entry } from './api';
import { keyOf, listEntries, type Subject } from './entries';
import { joined } from './paged';
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
// The first page is soon there; whoever wants more gets the most at once.
const FIRST_PAGE = 50;
const PAGE = 200;
/** Loads `pages` pages as one list. */
export const useStudents = (query: StudentQuery, pages = 1) =>
  useResource(`students/${pages}/${JSON.stringify(query)}`, () => joined(pages, (cursor) => ok(api.GET('/api/v1/students', { params: { query: { limit: cursor ? PAGE : FIRST_PAGE, ...query, cursor } } }))));

const ENTRIES = 50;
type EntryQuery = { kind?: string; status?: Entry['status']; section?: string; activity?: string; subject?: string; query?: string; period?: number };
export const useEntries = (subject: Subject, query: EntryQuery, pages: number) =>
  useResource(`${keyOf(subject)}/entries/${pages}/${JSON.stringify(query)}`, () => joined(pages, (cursor) => listEntries(subject, { ...query, limit: ENTRIES, cursor })));
