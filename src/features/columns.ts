/** Which columns (or arrays) of a table are what: by the names that selmix.json gives, else by the usual ones. */
import * as z from "zod";
import { FeatureTableError } from "./table.ts";

const name = z.string().min(1).max(200);

/** `columns` of selmix.json. */
export const columnSettings = z
  .strictObject({
    labels: name
      .optional()
      .describe("Name of the labels. Found as labels, label, target or y when left out."),
    features: name
      .optional()
      .describe(
        "Name of the features; * stands for anything, as in emb_*. All other columns of numbers when left out.",
      ),
    scores: name
      .optional()
      .describe(
        "Name of a classifier's scores, probabilities or logits, one for each class, as in p_*; read where there are no checkpoints.",
      ),
    logits: name
      .optional()
      .describe("Name of the checkpoint's own outputs, which the head is held against, as in logit_*."),
    weights: name.optional().describe("Name of the weight of each row."),
    groups: z
      .union([name, z.array(name).min(1).max(8)])
      .optional()
      .describe("Name of the group of each row, or names of several attributes."),
    firstLabel: z
      .union([z.literal(0), z.literal(1)])
      .default(0)
      .describe("The number of the first class: 1 shifts labels that count from 1."),
  })
  .describe("Which columns of a table, or arrays of a file, are what.");
export type ColumnSettings = z.infer<typeof columnSettings>;

/** What stands for a checkpoint's head in a table: what enters it, or what a classifier made of it. */
export type TableKind = "features" | "scores";

/** A column of a table, of text or numbers. */
export interface ColumnInfo {
  readonly name: string;
  /** Null where only reading tells. */
  readonly isNumeric: boolean | null;
}

/** Places of the columns that are read. */
export interface ChosenColumns {
  readonly rows: readonly number[];
  readonly logits: readonly number[];
  readonly weights: number | null;
  readonly labels: number | null;
  readonly groups: readonly { readonly name: string; readonly at: number }[];
  readonly unused: readonly string[];
}

export const usualNames = {
  labels: ["labels", "label", "target", "y"],
  weights: ["weights", "weight", "sample_weight"],
  groups: ["groups", "group"],
} as const;
/** `groups:sex` is the attribute "sex". */
export const attributePrefix = "groups:";

/** The names of the attributes, as selmix.json has them. */
export function attributeNames({ groups }: Pick<ColumnSettings, "groups">): readonly string[] | null {
  return groups === undefined ? null : [groups].flat();
}

/** Whether a name is the one meant; * stands for anything. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join(".*")}$`, "s");
  return (one) => expression.test(one);
}

/** What a table is opened for: everything, its rows of numbers alone, or what the rows are. */
export interface Wanted {
  readonly kind: TableKind;
  readonly needs: "all" | "rows" | "facts";
}

/** Chooses the columns of a table. Throws `FeatureTableError` where one that is named is not there, or nothing is left to read. */
export function chooseColumns(
  file: string,
  columns: readonly ColumnInfo[],
  settings: Partial<ColumnSettings>,
  { kind, needs }: Wanted,
): ChosenColumns {
  const at = (wanted: string) => columns.findIndex((column) => column.name === wanted);
  const named = (key: string, wanted: string | undefined): number | null => {
    if (wanted === undefined) return null;
    const found = at(wanted);
    if (found >= 0 || needs === "rows") return found < 0 ? null : found;
    throw new FeatureTableError(
      `${file} has no column ${wanted}, which "columns" names as ${key}; ${there(columns)}.`,
    );
  };
  const usual = (names: readonly string[]) => {
    const found = columns.findIndex((column) => names.includes(column.name));
    return found < 0 ? null : found;
  };
  const labels = settings.labels === undefined ? usual(usualNames.labels) : named("labels", settings.labels);
  const weights =
    settings.weights === undefined ? usual(usualNames.weights) : named("weights", settings.weights);
  const groups = groupColumns(columns, settings, (wanted) => named("groups", wanted));
  const taken = new Set([labels, weights, ...groups.map((group) => group.at)]);
  const matching = (key: string, pattern: string | undefined) => {
    if (pattern === undefined) return [];
    const isMeant = nameMatcher(pattern);
    const found = columns.flatMap((column, i) => (isMeant(column.name) && !taken.has(i) ? [i] : []));
    if (found.length > 0) return found;
    throw new FeatureTableError(
      `${file} has no column ${pattern}, which "columns" names as ${key}; ${there(columns)}.`,
    );
  };
  const logits = kind === "features" && needs !== "facts" ? matching("logits", settings.logits) : [];
  for (const i of logits) taken.add(i);
  const rows = needs === "facts" ? [] : rowColumns(file, columns, settings, kind, taken, matching);
  for (const i of rows) taken.add(i);
  const unused = columns.flatMap((column, i) => (taken.has(i) ? [] : [column.name]));
  return { rows, logits, weights, labels, groups, unused };
}

function rowColumns(
  file: string,
  columns: readonly ColumnInfo[],
  settings: Partial<ColumnSettings>,
  kind: TableKind,
  taken: ReadonlySet<number | null>,
  matching: (key: string, pattern: string | undefined) => number[],
): number[] {
  const pattern = settings[kind];
  if (pattern !== undefined) return byNumber(columns, matching(kind, pattern), pattern);
  if (kind === "scores") {
    throw new FeatureTableError(
      `${file} has columns of which none is known as a class's score; name them in selmix.json, as in "columns": {"scores": "p_*"}; ${there(columns)}.`,
    );
  }
  const numbers = columns.flatMap((column, i) => (column.isNumeric !== false && !taken.has(i) ? [i] : []));
  if (numbers.length > 0) return numbers;
  throw new FeatureTableError(`${file} has no column of numbers for features; ${there(columns)}.`);
}

function groupColumns(
  columns: readonly ColumnInfo[],
  settings: Partial<ColumnSettings>,
  find: (wanted: string) => number | null,
): { name: string; at: number }[] {
  const wanted = attributeNames(settings);
  if (wanted !== null) {
    return wanted.flatMap((name) => {
      const at = find(name);
      return at === null ? [] : [{ name, at }];
    });
  }
  return columns.flatMap((column, at) => {
    if (column.name.startsWith(attributePrefix))
      return [{ name: column.name.slice(attributePrefix.length), at }];
    return usualNames.groups.some((usual) => usual === column.name) ? [{ name: "group", at }] : [];
  });
}

/** Columns that are numbered from 0 or 1 without a gap stand in that order, however a tool sorted their names. */
function byNumber(columns: readonly ColumnInfo[], found: readonly number[], pattern: string): number[] {
  const numbers = found.map((i) => Number(starPart(columns[i]?.name ?? "", pattern) || Number.NaN));
  const order = [...found.keys()].sort((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0));
  const first = numbers[order[0] ?? 0] ?? Number.NaN;
  const isNumbered = (first === 0 || first === 1) && order.every((i, place) => numbers[i] === first + place);
  return isNumbered ? order.map((i) => found[i] ?? 0) : [...found];
}

/** What the first * of a pattern stands for in a name: "mel" for p_mel and p_*. The whole name without a *. */
export function starPart(text: string, pattern: string): string {
  const star = pattern.indexOf("*");
  return star < 0 ? text : text.slice(star, text.length - (pattern.length - star - 1));
}

const mostNamed = 12;

/** "it has the columns a, b and c". */
function there(columns: readonly ColumnInfo[]): string {
  const names = columns.slice(0, mostNamed).map((column) => column.name);
  const more = columns.length > mostNamed ? ` and ${columns.length - mostNamed} more` : "";
  return `it has ${names.join(", ")}${more}`;
}
