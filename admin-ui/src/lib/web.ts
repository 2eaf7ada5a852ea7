/** An address of the web without its scheme, as people read it; null for anything that a link must not lead to. */
export const webAddress = (text: string): string | null => /^https?:\/\/(\S+)$/i.exec(text)?.[1] ?? null;
