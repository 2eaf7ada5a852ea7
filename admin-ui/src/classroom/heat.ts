// The class matrix as numbers: which cell belongs to what, in which order rows stand, and how warm a cell is.
import type { Matrix } from '../lib/api';

export const HEATS = 6;
const TOP = 300;
type Row = Matrix['rows'][number];

export const years = ({ from, to }: Pick<Matrix, 'from' | 'to'>) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The mean of a student in a competence and a year; null where nothing was rated. */
export const meanAt = (matrix: Pick<Matrix, 'from' | 'to'>, row: Row, competence: number, year: number) =>
  row.means[competence * (matrix.to - matrix.from + 1) + (year - matrix.from)] ?? null;

/** 0, the coolest, to HEATS - 1; nothing has no warmth at all. */
export const heat = (mean: number | null) => (mean === null ? null : Math.min(HEATS - 1, Math.floor((mean / TOP) * HEATS)));

export function average(values: (number | null)[]): number | null {
  const some = values.filter((one): one is number => one !== null);
  return some.length ? Math.round(some.reduce((a, b) => a + b, 0) / some.length) : null;
}

/** The competences that anybody was rated in that year. */
export const rated = (matrix: Matrix, year: number) =>
  matrix.competences.map((_, i) => i).filter((i) => matrix.rows.some((row) => meanAt(matrix, row, i, year) !== null));

/** Rows by a competence, best first, those without a mark last; otherwise as they came, by name. */
export function sorted(matrix: Matrix, year: number, by: number | 'name' | 'indicator'): Row[] {
  if (by === 'name') return matrix.rows;
  const of = (row: Row) => (by === 'indicator' ? row.indicator : meanAt(matrix, row, by, year)) ?? -1;
  return [...matrix.rows].sort((a, b) => of(b) - of(a));
}
