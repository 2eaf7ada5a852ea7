import { number } from '../lib/format';
import { columns } from './geometry';

type Bar = { label: string; value: number };
const WIDTH = 320;
const HEIGHT = 120;
const FOOT = 20;

/** Values side by side, each with its number above and its name below. */
export function Columns({ of, summary }: { of: Bar[]; summary: string }) {
  const drawn = columns(of.map((one) => one.value), WIDTH, HEIGHT);
  return (
    <svg class="chart columns" viewBox={`0 -18 ${WIDTH} ${HEIGHT + FOOT + 18}`} role="img" aria-label={summary}>
      <line class="grid" x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
      {drawn.map(({ x, y, width, height }, i) => (
        <g key={i}>
          <rect class="bar" x={x} y={y} width={width} height={height} rx="2" />
          <text x={x + width / 2} y={y - 6} text-anchor="middle">{number(of[i]!.value)}</text>
          <text class="axis" x={x + width / 2} y={HEIGHT + 15} text-anchor="middle">{of[i]!.label}</text>
        </g>
      ))}
    </svg>
  );
}
