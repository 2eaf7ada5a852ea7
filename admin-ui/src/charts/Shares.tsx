import { number } from '../lib/format';

type Share = { code: string; title: string; count: number };
/** How a whole is divided: bars with their numbers, most first. */
export function Shares({ of, label }: { of: Share[]; label: string }) {
  const most = Math.max(1, ...of.map((one) => one.count));
  return (
    <table class="shares">
      <caption>{label}</caption>
      <tbody>
        {of.map((one) => (
          <tr key={one.code}>
            <th scope="row">{one.title}</th>
            <td class="bar" aria-hidden="true"><span style={{ inlineSize: `${(100 * one.count) / most}%` }} /></td>
            <td class="num">{number(one.count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
