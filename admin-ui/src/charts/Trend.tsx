import { path, steps } from './geometry';

type Point = { label: string; value: number; text: string };
const WIDTH = 320;
const HEIGHT = 110;
const FOOT = 20;
const SIDE = 24;

/** One value over the years, each with its number above and its year below. */
export function Trend({ of, top, summary }: { of: Point[]; top: number; summary: string }) {
  const points = steps(of.map((one) => one.value), top, WIDTH, HEIGHT);
  return (
    <svg class="chart trend" viewBox={`${-SIDE} -20 ${WIDTH + 2 * SIDE} ${HEIGHT + FOOT + 20}`} role="img" aria-label={summary}>
      <line class="grid" x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
      <path class="stroke" d={path(points)} />
      {points.map((one, i) => one && (
        <g key={i}>
          <circle class="dot" cx={one.x} cy={one.y} r="4" />
          <text x={one.x} y={one.y - 9} text-anchor="middle">{of[i]!.text}</text>
          <text class="axis" x={one.x} y={HEIGHT + 16} text-anchor="middle">{of[i]!.label}</text>
        </g>
      ))}
    </svg>
  );
}
