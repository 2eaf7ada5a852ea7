type Bar = { key: string; title: string; value: number | null; text: string };
/** Values against one top, each with its number; what is not known has no bar, and is not nought. */
export function Bars({ of, top, label }: { of: Bar[]; top: number; label: string }) {
  return (
    <table class="shares">
      <caption>{label}</caption>
      <tbody>
        {of.map((one) => (
          <tr key={one.key}>
            <th scope="row">{one.title}</th>
            <td class="bar" aria-hidden="true">{one.value !== null && <span style={{ inlineSize: `${(100 * one.value) / top}%` }} />}</td>
            <td class="num">{one.text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
