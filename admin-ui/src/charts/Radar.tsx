import { polygon, spokes } from './geometry';

type Axis = { label: string; value: number; before?: number };
const SIZE = 220;
const RADIUS = 78;
const CENTRE = { x: SIZE / 2, y: SIZE / 2 };
const RINGS = [1 / 3, 2 / 3, 1];

/** Shares of the whole on three axes or more; what was before as a dashed line. The words and the numbers stand beside it as a table. */
export function Radar({ axes, summary }: { axes: Axis[]; summary: string }) {
  const rim = spokes(axes.map(() => 1), RADIUS, CENTRE);
  const labels = spokes(axes.map(() => 1.22), RADIUS, CENTRE);
  const points = spokes(axes.map((one) => one.value), RADIUS, CENTRE);
  return (
    <svg class="chart radar" viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label={summary}>
      {RINGS.map((ring) => <polygon key={ring} class="grid" points={polygon(spokes(axes.map(() => ring), RADIUS, CENTRE))} />)}
      {rim.map((one, i) => <line key={i} class="grid" x1={CENTRE.x} y1={CENTRE.y} x2={one.x} y2={one.y} />)}
      {axes.every((one) => one.before !== undefined) && <polygon class="before" points={polygon(spokes(axes.map((one) => one.before!), RADIUS, CENTRE))} />}
      <polygon class="area" points={polygon(points)} />
      {points.map((one, i) => <circle key={i} class="dot" cx={one.x} cy={one.y} r="3.5" />)}
      {labels.map((one, i) => (
        <text key={i} x={one.x} y={one.y} text-anchor={one.x < CENTRE.x - 8 ? 'end' : one.x > CENTRE.x + 8 ? 'start' : 'middle'} dominant-baseline="middle">{i + 1}</text>
      ))}
    </svg>
  );
}
