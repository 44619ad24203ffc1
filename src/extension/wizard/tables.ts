/** Tables of a folder, and how each would be read. */
import { statSync } from "node:fs";
import path from "node:path";
import type { ColumnSettings } from "../../features/columns.ts";
import { type IndexColumn, surveyTable, type TableSurvey } from "../../features/survey.ts";
import { counted } from "../../words/numbers.ts";
import { classesOf } from "./labels.ts";
import { factsOf, type Reading, readingOf, type Said } from "./reading.ts";
import { type FoundSet, guessRoles } from "./suggest.ts";

/** A table, with how it would be read. */
export interface FoundTable extends FoundSet {
  readonly survey: TableSurvey;
  readonly reading: Reading;
  /** A table beside it that says what its rows are; relative to the folder. */
  readonly metadata: { readonly file: string; readonly survey: TableSurvey } | null;
}

/** What one file holds: a table, columns that may stand beside one, or neither. */
export interface Surveyed {
  readonly file: string;
  readonly survey: TableSurvey;
}

/** Null for a file that is no table, or cannot be read as one. `file` is relative to the folder, with forward slashes. */
export async function surveyed(folder: string, file: string): Promise<Surveyed | null> {
  try {
    const place = path.join(folder, file);
    const info = statSync(place);
    const survey = await surveyTable(place, info.size, info.isDirectory());
    return survey && { file, survey };
  } catch {
    return null;
  }
}

/** A table as it would be read; null where there is nothing in it that could be features or scores. */
export function asTable({ file, survey }: Surveyed, said: Said = {}): FoundTable | null {
  const reading = readingOf(survey, said);
  if (!reading) return null;
  const { kind, size, labels } = reading;
  const classes = labels && classesOf(labels);
  const kinds = classes === null ? "without labels" : counted(classes, "class", "classes");
  const as = columnsText(reading.columns);
  const detail = `${counted(survey.rows, "sample")} of ${counted(size, kind === "scores" ? "score" : "feature")}, ${kinds}${as}`;
  return { file, size, classes, detail, survey, reading, metadata: null };
}

/** The same rows read as scores; null where they are not as many as the classes. */
export function asScores(table: FoundTable): FoundTable | null {
  const { reading, survey, classes, size } = table;
  if (reading.kind === "scores") return table;
  if (classes === null || classes < 2 || size !== classes) return null;
  const { features, ...others } = reading.columns;
  const scores = features ?? (survey.hasColumns ? "*" : "features");
  return { ...table, reading: { ...reading, kind: "scores", columns: { ...others, scores } } };
}

/** "; X as features, y as labels" */
function columnsText(columns: Partial<ColumnSettings>): string {
  const pairs = Object.entries(columns).map(([use, name]) => `${String(name)} as ${use}`);
  return pairs.length === 0 ? "" : `; ${pairs.join(", ")}`;
}

/** Whether there can be a training and a validation set: two with labels, or with what may be labels, whose rows have one size. */
export function hasTwoSets(sets: readonly FoundTable[]): boolean {
  const labelled = sets.filter((set) => mayBeLabelled(set));
  return labelled.some((one) => labelled.some((other) => other !== one && other.size === one.size));
}

function mayBeLabelled({ classes, reading }: FoundTable): boolean {
  return classes !== null || reading.open.labels.length > 0;
}

/**
 * The tables that can be read alike, for selmix.json says once what stands under which name: of several such sets the one that calls
 * a table train and another validation, and arrays before columns. All of them where none has two labelled tables.
 */
export function fittingTables(tables: readonly FoundTable[]): readonly FoundTable[] {
  const rowsOf = ({ survey, reading: { kind, columns } }: FoundTable) =>
    `${survey.hasColumns} ${columns[kind] ?? ""}`;
  const labelsOf = ({ reading }: FoundTable) => reading.columns.labels ?? "";
  const isAlike = (one: FoundTable, other: FoundTable) =>
    rowsOf(one) === rowsOf(other) && (!mayBeLabelled(other) || labelsOf(one) === labelsOf(other));
  const sets = tables.filter(mayBeLabelled).map((one) => tables.filter((other) => isAlike(one, other)));
  const rank = (set: readonly FoundTable[]) => {
    const { train, validation } = guessRoles(set);
    return (
      2 * Number(train !== undefined && validation !== undefined) +
      Number(set[0]?.survey.hasColumns === false)
    );
  };
  const [best] = sets.filter(hasTwoSets).toSorted((a, b) => rank(b) - rank(a));
  return best ?? tables;
}

/** The tables among some files: those without labels with a table beside them that has as many rows, where there is one. */
export function tablesAmong(files: readonly Surveyed[]): FoundTable[] {
  const tables = files.flatMap((one) => asTable(one) ?? []);
  const beside = files.filter(({ survey }) => survey.hasColumns);
  return tables.flatMap((table) => {
    const { reading, survey } = table;
    if (survey.hasColumns)
      return beside.some(({ file }) => file === table.file) && isMetadata(table, tables) ? [] : [table];
    if (reading.labels !== null) return [table];
    const fitting = beside.filter((one) => one.survey.rows === survey.rows);
    const facts = fitting.find((one) => roleWord(one.file) === roleWord(table.file)) ?? fitting[0];
    return [facts ? withMetadata(table, facts) : table];
  });
}

/** Whether a table with columns only says what the rows of another, without labels, are. */
function isMetadata({ survey }: FoundTable, tables: readonly FoundTable[]): boolean {
  return tables.some(
    (other) => !other.survey.hasColumns && other.reading.labels === null && other.survey.rows === survey.rows,
  );
}

function withMetadata(table: FoundTable, { file, survey }: Surveyed): FoundTable {
  const indices = survey.columns.filter((column): column is IndexColumn => column.kind === "index");
  const { labels, groups, others, open } = factsOf(survey, indices);
  if (labels === null && open.length === 0) return table;
  const columns = { ...table.reading.columns, ...(labels && { labels: labels.name }) };
  const reading = {
    ...table.reading,
    labels,
    groups,
    others,
    columns,
    open: { ...table.reading.open, labels: open },
  };
  const classes = labels && classesOf(labels);
  return {
    ...table,
    classes,
    reading,
    metadata: { file, survey },
    detail: `${table.detail}; labels in ${file}`,
  };
}

/** The part of a name that tells tables of one data set apart is its folder and its first word. */
function roleWord(file: string): string {
  return (
    /^[a-z]+/i
      .exec(path.posix.basename(file).replace(/^(x|y|features|labels|meta(data)?)[_.-]/i, ""))?.[0]
      .toLowerCase() ?? ""
  );
}
