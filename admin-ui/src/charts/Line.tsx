import { path, steps } from './geometry';

const WIDTH = 120;
const HEIGHT = 34;

/** One value over the years, small enough to stand in a row of a table. */
export function Line({ values, top, summary }: { values: (number | null)[]; top: number; summary: string }) {
  const points = steps(values, top, WIDTH, HEIGHT);
  return (
    <svg class="chart line" viewBox={`-4 -4 ${WIDTH + 8} ${HEIGHT + 8}`} role="img" aria-label={summary}>
      <line class="grid" x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
      <path class="stroke" d={path(points)} />
      {points.map((one, i) => one && <circle key={i} class="dot" cx={one.x} cy={one.y} r="3" />)}
    </svg>
  );
}
