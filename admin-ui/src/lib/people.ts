// What the administrator's screens read, each under its one key.
import { api, ok, type Class, type ClassCard, type GroupType, type Guardian } from './api';
import { joined } from './paged';
import { useResource } from './resource';

export type HeldClass = ClassCard & { etag: string };

/** All of them: a school has some hundreds at most, and a search must not wait for the line. */
export const allStaff = async () => (await joined(Infinity, (cursor) => ok(api.GET('/api/v1/staff', { params: { query: { limit: 200, cursor } } })))).items;
export const useStaff = () => useResource('staff', allStaff);

/** The guardians who may log in now, as far as the card tells. */
export const present = (guardians: Guardian[] = []) => guardians.filter((one) => !one.until || one.until > new Date().toISOString().slice(0, 10));
export const useStaffMember = (id: string) =>
  useResource(`staff/${id}`, () => ok(api.GET('/api/v1/staff/{id}', { params: { path: { id } } })));

export const useClasses = (type?: GroupType, closed?: boolean) =>
  useResource(`classes/${type ?? ''}/${closed ?? ''}`, async () => (await ok(api.GET('/api/v1/classes', { params: { query: { type, closed } } }))).items);

export const leaderOf = (group: Class) => group.staff.find((one) => one.relation === 'class_teacher')?.staff;

/** A class, with what its change is held against: that comes in a header. */
export const useClass = (id: string) => useResource(`class/${id}`, () => classCard(id));

export async function classCard(id: string): Promise<HeldClass> {
  const call = api.GET('/api/v1/classes/{id}', { params: { path: { id } } });
  const card = await ok(call);
  return { ...card, etag: (await call).response.headers.get('ETag') ?? '' };
}

type AccountQuery = NonNullable<import('api-schema').paths['/api/v1/accounts']['get']['parameters']['query']>;
export const useAccounts = (query: AccountQuery, pages = 1) =>
  useResource(`accounts/${pages}/${JSON.stringify(query)}`, () => joined(pages, (cursor) => ok(api.GET('/api/v1/accounts', { params: { query: { ...query, cursor } } }))));

export const useChanges = () => useResource('changes', async () => (await ok(api.GET('/api/v1/changes'))).items);
