import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { route, setQuery } from '../lib/router';
import { TextField } from './Field';

const DEBOUNCE_MS = 250;

/** What is looked for stands in the address, a moment after it was typed. */
export function SearchField({ label, hint }: { label: string; hint?: string }) {
  const inAddress = route.value.query.get('query') ?? '';
  const typed = useSignal(inAddress);
  const timer = useRef(0);
  useEffect(() => { if (typed.value.trim() !== inAddress) typed.value = inAddress; }, [inAddress]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (text: string) => {
    typed.value = text;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setQuery({ query: text.trim() }), DEBOUNCE_MS);
  };
  return <TextField label={label} value={typed.value} onValue={search} input={{ type: 'search', placeholder: hint }} />;
}
