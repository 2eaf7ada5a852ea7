// A code as people type it. What the letters mean is the node's business; here only slips of
// the keyboard are mended.
const GROUP = 4;
const SHORTEST = 12;

// Russian letters that look like Latin ones, typed with the wrong layout on.
const ALIKE: Record<string, string> = {
  А: 'A', В: 'B', Е: 'E', К: 'K', М: 'M', Н: 'H', О: 'O', Р: 'P', С: 'C', Т: 'T', Х: 'X', У: 'Y',
};

export const bare = (text: string) =>
  [...text.toUpperCase()].map((one) => ALIKE[one] ?? one).join('').replace(/[\s\-–—.,]/g, '');

export const grouped = (text: string) => bare(text).match(new RegExp(`.{1,${GROUP}}`, 'gu'))?.join('-') ?? '';

/** The first character that no code has, if any. */
export const strange = (text: string) => /[^0-9A-Z]/u.exec(bare(text))?.[0] ?? null;

export const tooShort = (text: string) => bare(text).length < SHORTEST;

// The longest code there is: that of a transfer.
const LONGEST = 40;

/** What a camera read: the address on a slip, or a code alone. null: a square of somebody else's. */
export function codeOf(text: string): string | null {
  const code = /^https?:\/\/[^/]+\/claim#([\w-]+)$/.exec(text.trim())?.[1] ?? text;
  return strange(code) === null && !tooShort(code) && bare(code).length <= LONGEST ? grouped(code) : null;
}
