import { t } from '../i18n';
import type { ApiError } from './api';

/** What went wrong, in the user's language and with a way out. */
export function errorText(error: ApiError): string {
  if (!error.problem) return t().problems.offline;
  const known = t().problems as Record<string, string>;
  return known[error.problem.code] ?? error.problem.detail ?? error.problem.title;
}
