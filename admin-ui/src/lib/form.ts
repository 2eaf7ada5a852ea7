// The life of one form: busy, errors by field, errors of the whole. Input is never lost.
import { signal, useSignal } from '@preact/signals';
import { t } from '../i18n';
import { ApiError } from './api';
import { errorText } from './errors';
import { fill } from './format';

/** How many files are on their way to the node: a form that is sent meanwhile would go without them. */
export const underWay = signal(0);

type Errors = Record<string, string>;
const WHOLE = '';

export function useForm() {
  const busy = useSignal(false);
  const found = useSignal<Errors>({});

  const fail = (error: unknown, labels: Record<string, string>) => {
    if (!(error instanceof ApiError)) throw error;
    const field = error.problem?.field ?? WHOLE;
    const label = labels[field];
    const named = { invalid: t().common.invalid, too_large: t().common.tooLong }[error.message];
    found.value = { [field]: label && named ? fill(named, { field: label }) : errorText(error) };
  };

  return {
    busy: () => busy.value,
    errors: () => Object.values(found.value),
    of: (field: string): string | undefined => found.value[field],
    set: (errors: Errors) => { found.value = errors; },
    missing(fields: readonly string[], labels: Record<string, string>) {
      found.value = Object.fromEntries(fields.map((one) => [one, fill(t().common.required, { field: labels[one] ?? one })]));
    },
    /** Runs `work` once at a time; an ApiError becomes the form's errors. Returns the submit handler's work. */
    submit(work: () => Promise<unknown>, labels: Record<string, string> = {}) {
      return async (event?: Event) => {
        event?.preventDefault();
        if (busy.value) return;
        busy.value = true;
        found.value = {};
        try {
          await work();
        } catch (error) {
          fail(error, labels);
        } finally {
          busy.value = false;
        }
      };
    },
  };
}
