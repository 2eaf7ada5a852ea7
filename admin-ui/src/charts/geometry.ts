// Where the points of the pictures lie. No drawing here, so that it can be checked by numbers.
export type Point = { x: number; y: number };

/** Spokes of a radar, the first one upwards, clockwise; a share of 1 lies on the rim. */
export function spokes(shares: number[], radius: number, centre: Point): Point[] {
  return shares.map((share, i) => {
    const turn = (2 * Math.PI * i) / shares.length - Math.PI / 2;
    return { x: centre.x + Math.cos(turn) * radius * share, y: centre.y + Math.sin(turn) * radius * share };
  });
}

export const polygon = (points: Point[]) => points.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ');

/** A line through values over equal steps; nothing where a value is missing. */
export function steps(values: (number | null)[], top: number, width: number, height: number): (Point | null)[] {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values.map((value, i) => (value === null ? null : { x: values.length > 1 ? i * step : width / 2, y: height - (value / top) * height }));
}

/** The line's path, broken where there is nothing. */
export function path(points: (Point | null)[]): string {
  let pen = 'M';
  return points.map((point) => {
    if (!point) {
      pen = 'M';
      return '';
    }
    const text = `${pen}${round(point.x)} ${round(point.y)}`;
    pen = 'L';
    return text;
  }).filter(Boolean).join(' ');
}

type Box = Point & { width: number; height: number };
const FILLED = 0.6;

/** Columns of equal width on a base line, the highest as high as there is room. */
export function columns(values: number[], width: number, height: number): Box[] {
  const top = Math.max(1, ...values);
  const slot = width / Math.max(1, values.length);
  return values.map((value, i) => {
    const tall = (value / top) * height;
    return { x: round(i * slot + (slot * (1 - FILLED)) / 2), y: round(height - tall), width: round(slot * FILLED), height: round(tall) };
  });
}

export const round = (value: number) => Math.round(value * 100) / 100;
