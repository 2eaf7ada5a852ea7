// A class rated in one table: what was typed, what of it goes to the node, and what stays after its answer.
export type Marks = Record<string, Record<string, number>>;
export type Sheet = { procedure: string; source: string; date: string; competences: string[]; marks: Marks };
export type Rating = { student: string; kind: 'rating'; fields: { competence: string; level: number; source: string; date?: string; procedure?: string } };
type Outcome = { student: string; code: string; detail: string | null };

export const EMPTY: Sheet = { procedure: '', source: 'observation', date: '', competences: [], marks: {} };

export function mark(marks: Marks, student: string, competence: string, level: number | null): Marks {
  const { [competence]: _, ...rest } = marks[student] ?? {};
  return { ...marks, [student]: level === null ? rest : { ...rest, [competence]: level } };
}

/** Marks in columns that are not shown any more are not sent. */
export const ratings = (sheet: Sheet): Rating[] =>
  Object.entries(sheet.marks).flatMap(([student, levels]) =>
    sheet.competences.filter((one) => one in levels).map((competence) => ({
      student, kind: 'rating' as const,
      fields: { competence, level: levels[competence]!, source: sheet.source, ...(sheet.date && { date: sheet.date }), ...(sheet.procedure && { procedure: sheet.procedure }) },
    })));

/** What was written leaves the table; what was refused stays with its reason. Outcomes stand in the order of what was sent. */
export function settle(marks: Marks, sent: Rating[], outcomes: Outcome[]): { marks: Marks; refused: Map<string, string> } {
  const refused = new Map<string, string>();
  let left = marks;
  outcomes.forEach((one, i) => {
    const { student, fields } = sent[i]!;
    if (one.code === 'ok') left = mark(left, student, fields.competence, null);
    else refused.set(`${student} ${fields.competence}`, one.detail ?? one.code);
  });
  return { marks: left, refused };
}

/** What a key typed into a cell means: a level, nothing (the cell is emptied), or no level at all. */
export function levelOf(typed: string, max: number): number | null | undefined {
  const last = typed.trim().slice(-1);
  if (!last) return null;
  const level = Number(last);
  return Number.isInteger(level) && level <= max ? level : undefined;
}
