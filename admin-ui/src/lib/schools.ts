// The family's other schools, on this device alone.
import { effect, signal } from '@preact/signals';

const KEY = 'estafeta.schools';

/** name: as the family calls it; the host where they gave none. */
export type KeptSchool = { address: string; name: string };

function kept(): KeptSchool[] {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? '[]') as KeptSchool[]).filter((one) => typeof one.address === 'string');
  } catch {
    return [];
  }
}

export const schools = signal<KeptSchool[]>(kept());
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

export function addSchool(text: string, name: string): boolean {
  const address = schoolOf(text);
  if (address) schools.value = [...schools.value.filter((one) => one.address !== address), { address, name: name.trim() || new URL(address).host }];
  return address !== null;
}

export const dropSchool = (address: string) => { schools.value = schools.value.filter((one) => one.address !== address); };

/** A computer that others use keeps no names that a family gave. */
export const forgetSchools = () => { schools.value = []; };
