import { t } from '../i18n';
import type { ApiError } from './api';
import { fill, inTime } from './format';

/** What an error's code says, in the user's language and with a way out. */
export function codeText(code: string, otherwise: string, retryS?: number): string {
  const known = (t().problems as Record<string, string>)[code];
  return known ? fill(known, { when: retryS ? inTime(retryS) : t().time.later }) : otherwise;
}

/** What went wrong. */
export function errorText({ problem, more }: ApiError): string {
  if (!problem) return more.unsure ? t().problems.noAnswer : t().problems.offline;
  return codeText(problem.code, problem.detail ?? problem.title, more.retryS);
}
