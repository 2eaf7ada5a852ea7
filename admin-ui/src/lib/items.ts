// The school's own words in reference lists: what was said of each item, and how to say more.
import { api, ok, randomKey, type Catalogue, type Entry, type ListItem } from './api';
import { writeEntry, type Subject } from './entries';
import { refresh, useResource } from './resource';

export const SCHOOL: Subject = { about: 'school', id: '' };
export type Said = { list: string; code: string; title_ru: string; title_en?: string; group?: string; hidden?: boolean };

/** Every entry of a kind that the school ever wrote, the oldest first. */
export const useSchoolEntries = (kind: string) => useResource(`school/entries/${kind}`, async () => {
  const all: Entry[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await ok(api.GET('/api/v1/school/entries', { params: { query: { kind, limit: 200, cursor } } as never }));
    all.push(...page.items);
    if (!page.next) return all.sort((a, b) => a.time.localeCompare(b.time));
    cursor = page.next;
  }
});

export const said = (entry: Entry) => entry.fields as unknown as Said;
/** Whether the entry is what holds now: none took its place, and it was not withdrawn. */
export const holds = (entry: Entry) => entry.replaced_by === null && entry.status === 'confirmed';

export const historyOf = (entries: Entry[], list: string, code: string) => entries.filter((one) => said(one).list === list && said(one).code === code);

/** Says of an item what holds from now on; what was said of it before is replaced. */
export async function say(words: Said, history: Entry[]) {
  const last = [...history].reverse().find(holds);
  const fields = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined && value !== '' && value !== false));
  await writeEntry(SCHOOL, { kind: 'list_item', fields, replaces: last?.id });
  refresh('school/');
  refresh('catalogue');
}

export const wordsOf = (list: string, item: ListItem): Said => ({ list, code: item.code, title_ru: item.title.ru, title_en: item.title.en, group: item.group });

/** Nobody reads the code of an item, so nobody has to invent one. */
export const newCode = () => `own.${randomKey().slice(0, 10)}`;

type Titles = { ru: string; en: string };
/** A list has no title of its own: it is called as the field that is filled from it. */
export function editableLists(catalogue: Catalogue): { code: string; title: Titles; kinds: Titles[] }[] {
  return Object.entries(catalogue.lists).filter(([, list]) => list.editable).map(([code]) => {
    const uses = catalogue.kinds.flatMap((kind) => kind.fields.filter((field) => field.list === code).map((field) => ({ kind, field })));
    // The shortest is the plainest: «Вид деятельности», not a whole question.
    const title = uses.map((one) => one.field.title).sort((a, b) => a.ru.length - b.ru.length)[0] ?? { ru: code, en: code };
    return { code, title, kinds: [...new Map(uses.map((one) => [one.kind.code, one.kind.title])).values()] };
  });
}
