// Entries of a student, a member of staff, a class or the school: one door for all four.
import { act, api, csrfHeader, ok, type Entry, type EvidenceFile, type Kind } from './api';

export type About = 'student' | 'staff' | 'class' | 'school';
export type Subject = { about: About; id: string };
export type Values = Record<string, unknown>;
export type Draft = { kind: string; period?: number; fields: Record<string, unknown>; replaces?: string };

const BASE = { student: 'students', staff: 'staff', class: 'classes', school: 'school' } as const;
type Base = '/api/v1/students/{id}';

// The four are described alike; the types of the first stand for all.
const baseOf = ({ about, id }: Subject) =>
  (about === 'school' ? '/api/v1/school' : `/api/v1/${BASE[about]}/${id}`) as Base;

/** The key under which screens hold what is about the subject, and refresh it. */
export const keyOf = ({ about, id }: Subject) => `${about}/${id}`;

const at = <T extends string>(subject: Subject, rest: T) => `${baseOf(subject)}${rest}` as `${Base}${T}`;
const NO_PARAMS = { id: '' };

export const listEntries = (subject: Subject, query: Record<string, string | number | undefined>) =>
  ok(api.GET(at(subject, '/entries'), { params: { path: NO_PARAMS, query } as never }));

export const getEntry = (subject: Subject, entry: string): Promise<Entry> =>
  ok(api.GET(`${at(subject, '/entries')}/${entry}` as '/api/v1/students/{id}/entries/{entry}', { params: { path: { id: '', entry: '' } } }));

export const writeEntry = (subject: Subject, draft: Draft, key?: string): Promise<Entry> =>
  ok(api.POST(at(subject, '/entries'), { params: { path: NO_PARAMS, header: act(key) }, body: draft as never }));

export const judgeEntry = (subject: Subject, entry: Entry, body: { verdict: 'confirm' | 'return' | 'comment'; reason?: string; fields?: Record<string, unknown> }, keepalive = false): Promise<Entry> =>
  ok(api.POST(`${at(subject, '/entries')}/${entry.id}/verdicts` as '/api/v1/students/{id}/entries/{entry}/verdicts', {
    params: { path: { id: '', entry: '' }, header: { ...act(), 'If-Match': entry.etag } }, body: body as never, keepalive,
  }));

export const withdrawEntry = (subject: Subject, entry: Entry, reason: string): Promise<Entry> =>
  ok(api.POST(`${at(subject, '/entries')}/${entry.id}/withdrawals` as '/api/v1/students/{id}/entries/{entry}/withdrawals', {
    params: { path: { id: '', entry: '' }, header: act() }, body: reason ? { reason } : {},
  }));

export const fileHref = (subject: Subject, file: string) => `${baseOf(subject)}/files/${file}`;
export const fetchFile = (subject: Subject, file: string): Promise<Blob> =>
  ok(api.GET(fileHref(subject, file) as '/api/v1/students/{id}/files/{file}', { params: { path: { id: '', file: '' } }, parseAs: 'blob' }));

/** Sends a file in pieces. One that was broken off begins anew. */
export async function upload(subject: Subject, file: File, onProgress: (share: number) => void): Promise<EvidenceFile> {
  const begun = await ok(api.POST(at(subject, '/files'), {
    params: { path: NO_PARAMS, header: act() }, body: { name: file.name, size: file.size, type: file.type },
  }));
  let offset = begun.received;
  for (;;) {
    const piece = await file.slice(offset, offset + begun.chunk).arrayBuffer();
    const sent = await ok(api.PUT('/api/v1/uploads/{upload}', {
      params: { path: { upload: begun.upload }, query: { offset }, header: csrfHeader() },
      body: piece as never, bodySerializer: (body: unknown) => body as BodyInit, headers: { 'Content-Type': 'application/octet-stream' },
    }));
    if ('id' in sent) {
      onProgress(1);
      return sent;
    }
    offset = sent.received;
    onProgress(offset / file.size);
  }
}

export const isEmpty = (value: unknown) => value === undefined || value === null || value === '' || (typeof value === 'string' && !value.trim()) ||
  (Array.isArray(value) && value.length === 0) || (typeof value === 'object' && Object.keys(value as object).length === 0);

/** What was filled in of the kind's fields, and nothing of another kind. */
export function filledFields(kind: Kind, values: Values): Values {
  const fields: Values = {};
  for (const field of kind.fields) {
    const value = values[field.code];
    if (!isEmpty(value)) fields[field.code] = typeof value === 'string' ? value.trim() : value;
  }
  return fields;
}

const isFile = (value: unknown): value is { id: string; name: string } => typeof value === 'object' && value !== null && 'id' in value && 'name' in value;
export const isFiles = (value: unknown): value is { id: string; name: string }[] => Array.isArray(value) && value.length > 0 && value.every(isFile);

/** Somebody or something that was found and chosen: what it was called then is kept beside it while the form is open. */
export type Picked = { id: string; text: string };
export const isPicked = (value: unknown): value is Picked => typeof value === 'object' && value !== null && 'id' in value && 'text' in value;
const bare = (value: unknown) => (isPicked(value) ? value.id : value);

/** As the node takes them: of files only who they are, of what was picked only its number. */
export const sendable = (fields: Values): Values => Object.fromEntries(Object.entries(fields)
  .map(([code, value]) => [code, isFiles(value) ? value.map(({ id, name }) => ({ id, name })) : Array.isArray(value) ? value.map(bare) : bare(value)]));
