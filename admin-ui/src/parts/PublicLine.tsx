import type { PublicPage } from '../lib/api';
import { schoolYear } from '../lib/format';

type Shown = Pick<PublicPage['people'][number]['entries'][number], 'title' | 'words' | 'period'>;
/** An achievement as a public page shows it. */
export function PublicLine({ entry }: { entry: Shown }) {
  const words = ['result', 'level', 'subject'].map((code) => entry.words[code]).filter((word) => typeof word === 'string');
  return (
    <li>
      <strong>{entry.title}</strong>
      <p class="hint">{[...words, schoolYear(entry.period)].join(' · ')}</p>
    </li>
  );
}
