/** What a file could be as a table, before anybody said which of its arrays or columns is what. Reads no features. */
import path from "node:path";
import { isFloatType, isIntegerType } from "../files/numbers.ts";
import { openArrays, type StoredArray } from "./arrays.ts";
import { readIndices } from "./arrayTable.ts";
import type { RecordFile } from "./records/records.ts";
import { openRecords, recordKind } from "./recordTable.ts";

/** Numbers, one or several in a row. */
export interface NumberColumn {
  readonly kind: "numbers";
  readonly name: string;
  readonly width: number;
}

/** A class, a group, or an id: whole numbers, or texts. */
export interface IndexColumn {
  readonly kind: "index";
  readonly name: string;
  /** How many different ones there are. */
  readonly distinct: number;
  /** Highest number plus one; of texts, how many there are. */
  readonly count: number;
  /** Null where they are numbers. */
  readonly texts: readonly string[] | null;
  /** The different numbers, the least first; null where they are texts. */
  readonly numbers: readonly number[] | null;
}

export type SurveyColumn = NumberColumn | IndexColumn;

export interface TableSurvey {
  /** Whether columns have one number each, so that several of them make a row of features. */
  readonly hasColumns: boolean;
  readonly rows: number;
  readonly columns: readonly SurveyColumn[];
}

/** A file with more arrays is a checkpoint. */
const mostArrays = 40;
/** Larger files of columns are not read to see what they are. */
const mostBytes = 256e6;
/** Texts of so many different kinds are no classes: ids, or free text. */
const mostTexts = 20_000;

/** Looks into a file, or a folder of .npy files. Null for one that cannot be a table: nothing in it has a row for each sample. */
export async function surveyTable(
  file: string,
  bytes: number,
  isFolder: boolean,
): Promise<TableSurvey | null> {
  const kind = isFolder ? null : await recordKind(file);
  if (kind === null) return surveyArrays(file);
  return bytes > mostBytes ? null : surveyRecords(file, kind);
}

async function surveyArrays(file: string): Promise<TableSurvey | null> {
  const arrays = await openArrays(file);
  try {
    if (arrays.names.length > mostArrays) return null;
    const columns: SurveyColumn[] = [];
    const found = new Map<string, StoredArray>();
    for (const name of arrays.names) {
      const texts = await arrays.texts(name);
      if (texts !== null) columns.push(asTexts(name, texts.codes, texts.texts ?? []));
      else {
        const array = await arrays.find(name);
        if (array) found.set(name, array);
      }
    }
    const rows = rowsOf([...found.values()]);
    if (rows === 0) return null;
    for (const [name, { type, shape }] of found) {
      if (shape[0] !== rows) continue;
      const isColumn = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
      if (isFloatType(type) && shape.length <= 2)
        columns.push({ kind: "numbers", name, width: shape[1] ?? 1 });
      if (!isColumn || !(isIntegerType(type) || type === "BOOL")) continue;
      const codes = await readIndices(arrays, name, rows).catch(() => null);
      if (codes) columns.push(asNumbers(name, codes));
    }
    return { hasColumns: false, rows, columns };
  } finally {
    await arrays.close();
  }
}

/** Rows of the largest array with a row of numbers for each of something; 0 where there is none. */
function rowsOf(arrays: readonly StoredArray[]): number {
  const tables = arrays.filter(({ type, shape }) => isFloatType(type) && shape.length === 2);
  const vectors = arrays.filter(({ type, shape }) => isFloatType(type) && shape.length === 1);
  const largest = (all: readonly StoredArray[]) =>
    all.reduce((most, { shape: [rows = 0] }) => Math.max(most, rows), 0);
  return tables.length > 0 ? largest(tables) : largest(vectors);
}

function asNumbers(name: string, all: Iterable<number>): IndexColumn {
  const numbers = [...new Set(all)].sort((a, b) => a - b);
  const count = (numbers.at(-1) ?? -1) + 1;
  return { kind: "index", name, count, distinct: numbers.length, texts: null, numbers };
}

function asTexts(name: string, codes: Int32Array, texts: readonly string[]): IndexColumn {
  return { kind: "index", name, count: texts.length, distinct: new Set(codes).size, texts, numbers: null };
}

async function surveyRecords(file: string, kind: "csv" | "parquet"): Promise<TableSurvey | null> {
  const records = await openRecords(file, kind, { memoryBudget: mostBytes, scratch: null });
  try {
    const all = records.columns.map((_, at) => at);
    const alone = all.filter((at) => isOfFew(records, at));
    const { count, texts } = await records.read({ numbers: [], texts: alone }, () => undefined);
    const widths = await records.widths(all.filter((at) => records.columns[at]?.isNumeric !== false));
    const wide = all.filter((at) => records.columns[at]?.isNumeric !== false);
    const columns = records.columns.flatMap(({ name, isNumeric }, at): SurveyColumn[] => {
      const column = texts[alone.indexOf(at)];
      const index = column && indexColumn(name, column);
      const numbers: SurveyColumn = { kind: "numbers", name, width: widths[wide.indexOf(at)] ?? 1 };
      return [...(isNumeric === false ? [] : [numbers]), ...(index ? [index] : [])];
    });
    return { hasColumns: true, rows: count, columns };
  } finally {
    await records.close();
  }
}

/** Whether a column may say what the rows are: one of many that differ in a number or an ending is one of the features. */
function isOfFew({ columns }: RecordFile, at: number): boolean {
  const column = columns[at];
  if (column?.isNumeric !== true) return true;
  return (
    familyOf(
      column.name,
      columns.map(({ name }) => name),
    ) === null
  );
}

const scoresName = /^(p|prob|proba|probabilit(y|ie)|score|logit)s?([_.-]\*?)?$/i;

/** Whether an array or a pattern of columns is called as a classifier's scores are. */
export function isScores(name: string): boolean {
  return scoresName.test(name);
}

/** The pattern of the columns that one belongs to ("emb_*"); null where too few are called alike: two classes have two scores. */
export function familyOf(name: string, names: readonly string[]): string | null {
  const [, worded, numbered] = /^(?:(.+?[_.-]).+|(\D+)\d+)$/.exec(name) ?? [];
  const stem = worded ?? numbered;
  if (stem === undefined) return null;
  const alike = names.filter((other) => other.startsWith(stem) && other !== stem);
  return alike.length >= (isScores(stem) ? 2 : 3) ? `${stem}*` : null;
}

function indexColumn(name: string, { codes, texts }: { codes: Int32Array; texts: readonly string[] }) {
  if (texts.length > mostTexts || texts.includes("")) return null;
  const numbers = texts.map(Number);
  if (numbers.every((value) => Number.isInteger(value))) return asNumbers(name, numbers);
  return texts.every((text) => Number.isFinite(Number(text))) ? null : asTexts(name, codes, texts);
}

/** Endings of files that may be tables. */
export const tableEndings = [".safetensors", ".npz", ".csv", ".tsv", ".parquet"] as const;

/** Whether a file is called as a table may be. */
export function isTableName(file: string): boolean {
  return tableEndings.some((ending) => ending === path.extname(file).toLowerCase());
}
