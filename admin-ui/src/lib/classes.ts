// Classes and groups: the reader's own, and one with its people.
import { api, ok } from './api';
import { useResource } from './resource';

export const useClasses = () => useResource('classes', () => ok(api.GET('/api/v1/classes')));
export const useClass = (id: string) => useResource(`class/${id}`, () => ok(api.GET('/api/v1/classes/{id}', { params: { path: { id } } })));
