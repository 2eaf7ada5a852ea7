// The form that was open when the log-in ran out: after the same person has logged in again it is there again.
import { useEffect } from 'preact/hooks';
import { owner } from './owner';
import { login } from './session';

let left: { owner: string; form: unknown } | null = null;

/** Called by a form of what it was opened with. */
export function useUnfinished(form: unknown) {
  useEffect(() => {
    left = { owner: owner(), form };
    return () => { if (login.peek().state === 'in') left = null; };
  }, []);
}

/** What the present person's form was opened with; once. */
export function takeUnfinished<T>(): T | null {
  const found = left?.owner === owner() ? (left.form as T) : null;
  left = null;
  return found;
}
