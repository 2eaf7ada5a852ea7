// The words of the catalogue's lists, in the reader's language.
import { titled } from '../i18n';
import type { Catalogue } from './api';

export const itemsOf = (catalogue: Catalogue | null, list: string | null) => (catalogue?.lists[list ?? '']?.items ?? []).filter((one) => !one.hidden);

/** What a code means; the code itself where no list knows it. */
export const word = (catalogue: Catalogue | null, list: string, code: string) =>
  titled(catalogue?.lists[list]?.items.find((one) => one.code === code)?.title ?? { ru: code, en: code });
