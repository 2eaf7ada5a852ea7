// Addresses of the family's other schools, on this device alone.
import { effect, signal } from '@preact/signals';

const KEY = 'estafeta.schools';

function kept(): string[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as string[];
  } catch {
    return [];
  }
}

export const schools = signal<string[]>(kept());
effect(() => localStorage.setItem(KEY, JSON.stringify(schools.value)));

/** The address of a school's start page; null where it is none. */
export function schoolOf(text: string): string | null {
  try {
    const url = new URL(/^https?:/.test(text.trim()) ? text.trim() : `https://${text.trim()}`);
    return url.hostname.includes('.') || url.hostname === 'localhost' ? `${url.origin}/` : null;
  } catch {
    return null;
  }
}

export function addSchool(text: string): boolean {
  const school = schoolOf(text);
  if (school && !schools.value.includes(school)) schools.value = [...schools.value, school];
  return school !== null;
}

export const dropSchool = (school: string) => { schools.value = schools.value.filter((one) => one !== school); };
