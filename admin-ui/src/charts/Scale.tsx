const WIDTH = 160;
const HEIGHT = 34;
const Y = 12;

type Props = { from: number; to: number; planned: number; actual: number | null; summary: string };
/** What was planned, an open ring, and what there is, a full dot, on one scale. */
export function Scale({ from, to, planned, actual, summary }: Props) {
  const x = (value: number) => ((value - from) / (to - from)) * WIDTH;
  const marks = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return (
    <svg class="chart scale" viewBox={`-10 -2 ${WIDTH + 20} ${HEIGHT + 2}`} role="img" aria-label={summary}>
      <line class="grid" x1="0" y1={Y} x2={WIDTH} y2={Y} />
      {actual !== null && <line class="stroke" x1={x(actual)} y1={Y} x2={x(planned)} y2={Y} />}
      <circle class="planned" cx={x(planned)} cy={Y} r="7" />
      {actual !== null && <circle class="dot" cx={x(actual)} cy={Y} r="4" />}
      {marks.map((one) => <text key={one} x={x(one)} y={HEIGHT} text-anchor="middle">{one}</text>)}
    </svg>
  );
}
