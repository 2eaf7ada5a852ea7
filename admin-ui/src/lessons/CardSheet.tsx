import { titled } from '../i18n';
import { st } from '../i18n/staff';
import type { Catalogue, Entry } from '../lib/api';
import { word } from '../lib/words';
import { textOf } from './Stages';

type Said = Pick<Entry, 'fields' | 'words' | 'title'>;

/** The card as it is read and printed. Words are those of its own time. */
export function CardSheet({ card, catalogue }: { card: Said; catalogue: Catalogue }) {
  const kind = catalogue.kinds.find((one) => one.code === 'lesson_card')!;
  const text = (code: string) => {
    const words = card.words[code];
    if (Array.isArray(words)) return words.join('; ');
    return typeof words === 'string' ? words : String(card.fields[code] ?? '');
  };
  const stages = (card.fields.stages as string[] | undefined) ?? [];
  const rows = kind.fields.filter((one) => card.fields[one.code] !== undefined && !one.code.startsWith('stage') && !['name', 'files', 'template'].includes(one.code));
  return (
    <article class="card-sheet">
      <dl class="facts">{rows.map((one) => <div key={one.code}><dt>{titled(one.title)}</dt><dd>{text(one.code)}</dd></div>)}</dl>
      {stages.length > 0 && (
        <table class="plain">
          <caption>{st().lessons.parts.course}</caption>
          <tbody>
            {stages.map((stage, i) => (
              <tr key={stage}>
                <th scope="row">{i + 1}. {(card.words.stages as string[] | undefined)?.[i] ?? word(catalogue, 'lesson_stage', stage)}</th>
                <td>{String(card.fields[textOf(stage)] ?? '')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </article>
  );
}
