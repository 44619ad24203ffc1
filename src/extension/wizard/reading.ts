/** How a file would be read as a table: which of its arrays or columns are the features, the labels and the groups. Pure. */
import {
  type ColumnSettings,
  nameMatcher,
  starPart,
  type TableKind,
  usualNames,
} from "../../features/columns.ts";
import {
  familyOf,
  type IndexColumn,
  isScores,
  type NumberColumn,
  type TableSurvey,
} from "../../features/survey.ts";

export interface Reading {
  readonly kind: TableKind;
  /** Numbers in a row. */
  readonly size: number;
  readonly labels: IndexColumn | null;
  /** What tells groups apart for certain: called so. */
  readonly groups: readonly IndexColumn[];
  /** What may. */
  readonly others: readonly IndexColumn[];
  /** What `columns` of selmix.json has to say, groups left out. */
  readonly columns: Partial<ColumnSettings>;
  /** Where nothing tells which is meant: those that could be, the likeliest first. */
  readonly open: { readonly rows: readonly string[]; readonly labels: readonly string[] };
}

/** What a person said where nothing told. */
export interface Said {
  readonly rows?: string;
  readonly labels?: string;
}

const rowNames = ["features", "feats", "embeddings", "embedding", "emb", "x", "penultimate", "hidden", "z"];
const labelNames: readonly string[] = [...usualNames.labels, "targets", "class", "classes", "y_true"];
const mostGroups = 50;
const groupWord =
  /^(sex|gender|race|ethnicity|skin|tone|fitzpatrick|age_?(band|group)|region|country|site|hospital|device|domain|environment|background)/i;

/** Null for a file without anything that could be features or scores. */
export function readingOf(survey: TableSurvey, said: Said = {}): Reading | null {
  const indices = survey.columns.filter((column) => column.kind === "index");
  const numbers = survey.columns.filter((column) => column.kind === "numbers");
  const facts = factsOf(survey, indices, said.labels);
  const rows = survey.hasColumns
    ? columnRows(numbers, facts, indices)
    : arrayRows(numbers, facts.labels, said.rows);
  if (rows === null) return null;
  const { labels, groups, others } = facts;
  const usual: readonly string[] = survey.hasColumns ? usualNames.labels : ["labels"];
  return {
    ...{ kind: rows.kind, size: rows.size, labels, groups, others },
    columns: {
      ...(rows.name !== null && { [rows.kind]: rows.name }),
      ...(labels && !usual.includes(labels.name) && { labels: labels.name }),
    },
    open: { rows: rows.open, labels: facts.open },
  };
}

/** The numbers that columns of scores are called by: 3, 4 and 8 of p_3, p_4 and p_8; none where one is called by anything else. */
export function scoreNumbers(survey: TableSurvey, { columns: { scores } }: Reading): number[] {
  if (!survey.hasColumns || scores === undefined) return [];
  const isScore = nameMatcher(scores);
  const names = survey.columns.filter(({ kind, name }) => kind === "numbers" && isScore(name));
  const numbers = names.map(({ name }) => Number(starPart(name, scores) || Number.NaN));
  return numbers.every(Number.isInteger) ? numbers : [];
}

/** Whether an array is called as rows of a table are; NumPy calls one that has no name `arr_0`. */
export function isCalledRows(name: string): boolean {
  return rowNames.includes(name.toLowerCase()) || /^arr_\d+$/.test(name);
}

/** Whether a column is likely to tell groups apart, by its name. */
export function soundsLikeGroup({ name }: IndexColumn): boolean {
  return groupWord.test(name);
}

interface Facts {
  readonly labels: IndexColumn | null;
  readonly groups: readonly IndexColumn[];
  readonly others: readonly IndexColumn[];
  readonly open: readonly string[];
}

/** What the rows are: which column is the class, and which may be groups. */
export function factsOf(survey: TableSurvey, indices: readonly IndexColumn[], said?: string): Facts {
  const usualGroups: readonly string[] = survey.hasColumns ? usualNames.groups : ["groups"];
  const isGroup = ({ name }: IndexColumn) => usualGroups.includes(name) || name.startsWith("groups:");
  const groups = indices.filter(isGroup);
  const free = indices.filter((column) => !isGroup(column) && column.distinct > 1);
  const byName = labelNames
    .map((name) => free.find((column) => column.name.toLowerCase() === name))
    .find((column) => column !== undefined);
  const classes = free.filter((column) => !soundsLikeGroup(column) && isRepeated(column, survey));
  const [only, ...more] = classes;
  const labels =
    free.find(({ name }) => name === said) ?? byName ?? (more.length === 0 ? (only ?? null) : null);
  const others = free.filter(
    (column) => column !== labels && column.distinct <= mostGroups && isRepeated(column, survey),
  );
  return { labels, groups, others, open: labels === null ? classes.map(({ name }) => name) : [] };
}

/** An id is another one in each row, or nearly. */
function isRepeated({ distinct }: IndexColumn, { rows }: TableSurvey): boolean {
  return distinct > 1 && distinct <= rows / 2;
}

interface Rows {
  readonly kind: TableKind;
  /** Null where it need not be said. */
  readonly name: string | null;
  readonly size: number;
  readonly open: readonly string[];
}

function arrayRows(
  numbers: readonly NumberColumn[],
  labels: IndexColumn | null,
  said: string | undefined,
): Rows | null {
  const asRows = ({ name, width }: NumberColumn, kind: TableKind): Rows => {
    return { kind, size: width, name: name === kind ? null : name, open: [] };
  };
  const matrices = numbers.filter(({ width }) => width > 1);
  const meant = numbers.find(({ name }) => name === said);
  if (meant) return asRows(meant, isScores(meant.name) ? "scores" : "features");
  const named = rowNames
    .map((name) => matrices.find((column) => column.name.toLowerCase() === name))
    .find((column) => column !== undefined);
  if (named) return asRows(named, "features");
  const scores = numbers.find(({ name, width }) => isScores(name) && width <= (labels?.count ?? width));
  const rest = matrices.filter((column) => column !== scores);
  const [only, ...more] = rest;
  if (only && more.length === 0) return asRows(only, "features");
  if (only) return { ...asRows(only, "features"), open: rest.map(({ name }) => name) };
  return scores ? asRows(scores, "scores") : null;
}

function columnRows(
  numbers: readonly NumberColumn[],
  { labels, groups, others }: Facts,
  indices: readonly IndexColumn[],
): Rows | null {
  const isIndex = new Set([labels, ...groups, ...others].map((column) => column?.name));
  const free = numbers.filter(({ name }) => !isIndex.has(name));
  const names = free.map(({ name }) => name);
  const families = [...new Set(names.map((name) => familyOf(name, names)))].filter((one) => one !== null);
  const sizeOf = (pattern: string) => {
    const isMeant = nameMatcher(pattern);
    return free.reduce((sum, { name, width }) => sum + (isMeant(name) ? width : 0), 0);
  };
  const scores = families.find((pattern) => isScores(pattern));
  const [family, ...more] = families.filter((pattern) => pattern !== scores);
  if (family !== undefined && more.length === 0)
    return { kind: "features", name: family, size: sizeOf(family), open: [] };
  if (scores !== undefined) return { kind: "scores", name: scores, size: sizeOf(scores), open: [] };
  const single = free.find(({ name, width }) => isScores(name) && width <= (labels?.count ?? width));
  if (single) return { kind: "scores", name: single.name, size: single.width, open: [] };
  const wide = free.filter(({ width }) => width > 1);
  if (wide.length === 1 && wide[0])
    return { kind: "features", name: wide[0].name, size: wide[0].width, open: [] };
  // All other columns of numbers: what is read when nothing is said.
  const taken = new Set([labels, ...groups].map((column) => column?.name));
  const all = numbers.filter(({ name }) => !taken.has(name));
  const isText = all.every(({ name }) => indices.some((column) => column.name === name && column.texts));
  return all.length < 2 || isText ? null : { kind: "features", name: null, size: all.length, open: [] };
}
