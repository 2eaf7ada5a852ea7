// The typed door to the node. Every failure leaves as an ApiError.
import createClient from 'openapi-fetch';
import type { components, paths } from 'api-schema';
import { NoAnswer, reach } from './offline';

type S = components['schemas'];
export type Session = S['Session'];
export type Role = S['Role'];
type Body<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
export type SignIn = Body<'/api/v1/session', 'post'>;
export type Claim = Body<'/api/v1/accounts/claims', 'post'>;
export type School = S['School'];

export type Student = S['Student'];
export type StudentCard = S['StudentCard'];
export type Entry = S['Entry'];
export type EntryStatus = S['EntryStatus'];
export type Custody = S['Custody'];
export type Catalogue = S['Catalogue'];
export type Kind = S['Kind'];
export type KindField = S['Field'];
export type Transfer = S['Transfer'];
export type TransferStep = S['TransferStep'];
export type Network = S['Network'];
export type Member = S['Member'];
export type Peer = S['Peer'];
export type Power = S['Power'];
export type ImportReport = S['ImportReport'];
export type Erasure = S['Erasure'];
export type AnalyticCard = S['AnalyticCard'];
export type Poll = S['Poll'];
export type Matrix = S['Matrix'];
export type Course = S['Course'];
export type EvidenceFile = S['EvidenceFile'];
export type Change = S['Change'];
export type Guardian = S['Guardian'];
export type StaffMember = S['StaffMember'];
export type Class = S['Class'];
export type ClassCard = S['ClassCard'];
export type GroupType = S['GroupType'];
export type Assignment = S['Assignment'];
export type Account = S['Account'];
export type IssuedCode = S['IssuedCode'];
export type JournalRow = S['JournalRow'];
export type Analysis = S['Analysis'];
export type Duplicate = S['Duplicate'];
export type ListItem = S['ListItem'];
export type PublicPage = S['PublicPage'];
export type Problem = S['Problem'] & { current?: Entry };

export class ApiError extends Error {
  /** retryS: the node says when to try again. unsure: it was sent, and may or may not have been done. */
  constructor(readonly problem: Problem | null, readonly more: { retryS?: number; unsure?: boolean } = {}) {
    super(problem?.code ?? 'offline');
  }
  get offline() {
    return this.problem === null;
  }
}

export const api = createClient<paths>({ baseUrl: '/', fetch: reach });

let csrf = '';
let onLoggedOut: () => void = () => {};

export const setCsrf = (token: string) => { csrf = token; };
export const whenLoggedOut = (action: () => void) => { onLoggedOut = action; };

/** Not crypto.randomUUID: that one is missing on plain http. */
export const randomKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');

export const csrfHeader = () => ({ 'X-Estafeta-CSRF': csrf });
/** Headers of one deliberate act: a repeat of the same request is not a second act. */
export const act = (key = randomKey()) => ({ ...csrfHeader(), 'Idempotency-Key': key });

type Answer<T> = { data?: T; error?: unknown; response: Response };

function problemOf(error: unknown, response: Response): Problem {
  if (error && typeof error === 'object' && 'code' in error) return error as Problem;
  return { type: 'about:blank', title: response.statusText, status: response.status, code: 'unknown', request_id: '' };
}

export async function ok<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    throw new ApiError(null, { unsure: error instanceof NoAnswer });
  }
  if (!answer.response.ok) {
    if (answer.response.status === 401) onLoggedOut();
    throw new ApiError(problemOf(answer.error, answer.response), { retryS: Number(answer.response.headers.get('Retry-After')) });
  }
  return answer.data as T;
}
