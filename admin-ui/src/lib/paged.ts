// A list that comes in pages, as one.
type Paged<T> = { items: T[]; next: string | null; total: number };

/** The first `pages` pages; each after the first is asked for with the cursor of the one before. */
export async function joined<P extends Paged<unknown>>(pages: number, ask: (cursor?: string) => Promise<P>): Promise<P> {
  const all = await ask();
  for (let i = 1; i < pages && all.next; i++) {
    const more = await ask(all.next);
    all.items.push(...more.items);
    all.next = more.next;
  }
  return all;
}
