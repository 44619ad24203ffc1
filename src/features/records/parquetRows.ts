/** The rows of a Parquet table: its columns, row group by row group, made into rows of numbers and texts. */
import type { ColumnMetaData, FileMetaData, SchemaTree } from "hyparquet";
import type { SourceFile } from "../../files/ranges.ts";
import type { ColumnInfo } from "../columns.ts";
import { FeatureTableError } from "../table.ts";
import { type ColumnPage, readPages } from "./parquetPages.ts";
import { type TakeRows, TextCodes, type WantedColumns } from "./records.ts";
import { TurnedColumns } from "./turned.ts";

/** Rows that follow each other in the file are handed on in blocks of so many bytes. */
const blockBytes = 4 * 1024 * 1024;
/** More than this many times its own size no table unpacks to. */
const mostExpansion = 1000;
/** Tables that unpack to less are read whatever their size. */
const smallestRoom = 64 * 1024 * 1024;
const mostWidth = 1_000_000;

/** A table as far as its metadata tell. */
export interface Opened {
  readonly file: string;
  readonly source: SourceFile;
  readonly metadata: FileMetaData;
  readonly columns: readonly LeafColumn[];
  readonly making: MakingRows;
}

/** How columns become rows. */
export interface MakingRows {
  /** A row group is turned into rows in memory up to so many bytes, else by way of a file. */
  readonly memoryBudget: number;
  /** A folder for that file; null where nothing may be written. */
  readonly scratch: string | null;
}

export interface LeafColumn extends ColumnInfo {
  readonly path: SchemaTree[];
  readonly isList: boolean;
}

/** Numbers of each column in a row: 1, or the length of its lists. */
export async function widthsOf(table: Opened, numbers: readonly number[]): Promise<number[]> {
  const widths: number[] = [];
  for (const at of numbers) widths.push(await widthOf(table, at));
  return widths;
}

async function widthOf(table: Opened, at: number): Promise<number> {
  const column = columnAt(table, at);
  if (column.isNumeric !== true) {
    throw new FeatureTableError(`${table.file} has no numbers in the column ${column.name}; name another.`);
  }
  if (!column.isList) return 1;
  let width = 0;
  const group = table.metadata.row_groups.findIndex((one) => Number(one.num_rows) > 0);
  for await (const { repetition, count } of readPages(table.source, chunkOf(table, group, at), column.path)) {
    for (let i = 0; i < count; i++) {
      if (repetition?.[i] === 0 && width > 0) return width;
      if (++width > mostWidth) throw new RangeError(`rows of more than ${mostWidth} numbers`);
    }
  }
  return width;
}

export async function readRows(table: Opened, wanted: WantedColumns, take: TakeRows) {
  const widths = await widthsOf(table, wanted.numbers);
  const width = widths.reduce((sum, one) => sum + one, 0);
  const count = Number(table.metadata.num_rows);
  if (count * Math.max(width, 1) * 4 > smallestRoom + mostExpansion * table.source.size) {
    throw new FeatureTableError(
      `${table.file} unpacks to more than ${mostExpansion} times its size; write it again.`,
    );
  }
  const texts = wanted.texts.map((at) => new TextCodes(`${table.file}, column ${table.columns[at]?.name},`));
  let first = 0;
  for (const [group, { num_rows }] of table.metadata.row_groups.entries()) {
    const rows = Number(num_rows);
    if (rows === 0) continue;
    const part: Part = { table, group, first, rows };
    await readNumbers(part, wanted.numbers, widths, take);
    for (const [i, at] of wanted.texts.entries()) await readTexts(part, at, (text) => texts[i]?.add(text));
    first += rows;
  }
  return { count, texts: texts.map((one) => one.done()) };
}

/** A row group of a table, with the number of its first row. */
interface Part {
  readonly table: Opened;
  readonly group: number;
  readonly first: number;
  readonly rows: number;
}

async function readNumbers(
  part: Part,
  numbers: readonly number[],
  widths: readonly number[],
  take: TakeRows,
): Promise<void> {
  const { rows, table } = part;
  const width = widths.reduce((sum, one) => sum + one, 0);
  if (width === 0) return;
  if (numbers.length === 1) return readInOrder(part, numbers[0] ?? 0, width, take);
  if (rows * width * 4 <= table.making.memoryBudget) {
    const block = new Float32Array(rows * width);
    let place = 0;
    for (const [i, at] of numbers.entries()) {
      const own = widths[i] ?? 1;
      const from = place;
      await readColumn(part, at, own, (values, row, count) => {
        for (let r = 0; r < count; r++)
          for (let d = 0; d < own; d++) block[(row + r) * width + from + d] = values[r * own + d] ?? 0;
      });
      place += own;
    }
    await take(block, rows);
    return;
  }
  const { scratch } = table.making;
  if (scratch === null) {
    throw new FeatureTableError(
      `${table.file} has row groups too large for memory, and nothing may be written here to turn them into rows; write it with smaller row groups.`,
    );
  }
  const turned = new TurnedColumns(scratch, rows, widths);
  try {
    for (const [i, at] of numbers.entries())
      await readColumn(part, at, widths[i] ?? 1, (values, row, count) => turned.put(i, values, row, count));
    await turned.rows(take);
  } finally {
    turned.close();
  }
}

/** A single column, or a list, has its rows in order already. */
async function readInOrder(part: Part, at: number, width: number, take: TakeRows): Promise<void> {
  const rowsAtOnce = Math.max(1, Math.floor(blockBytes / (4 * width)));
  const block = new Float32Array(Math.min(part.rows, rowsAtOnce) * width);
  let held = 0;
  await readColumn(part, at, width, async (values, _row, count) => {
    for (let done = 0; done < count; ) {
      const rows = Math.min(count - done, rowsAtOnce - held);
      block.set(values.subarray(done * width, (done + rows) * width), held * width);
      held += rows;
      done += rows;
      if (held < rowsAtOnce) continue;
      await take(block, held);
      held = 0;
    }
  });
  if (held > 0) await take(block, held);
}

/** Takes whole rows [count, width] of a column, from the given row of its group. */
type TakeColumn = (values: Float32Array, row: number, count: number) => void | Promise<void>;

async function readColumn(part: Part, at: number, width: number, take: TakeColumn): Promise<void> {
  const { table, group, rows } = part;
  const column = columnAt(table, at);
  let row = 0;
  let rest: Float32Array = new Float32Array(0);
  let entries = 0;
  for await (const page of readPages(table.source, chunkOf(table, group, at), column.path)) {
    requirePresent(part, column, page, Math.floor(entries / width));
    requireLists(part, column, page, entries, width);
    entries += page.count;
    const all = new Float32Array(rest.length + page.count);
    all.set(rest);
    for (let i = 0; i < page.count; i++) {
      const value = Number(page.values[i]);
      if (!Number.isFinite(Math.fround(value)))
        throw notNumber(part, column, Math.floor((entries - page.count + i) / width), value);
      all[rest.length + i] = value;
    }
    const whole = Math.floor(all.length / width);
    if (row + whole > rows) throw new RangeError(`more than ${rows} rows in ${column.name}`);
    await take(all, row, whole);
    row += whole;
    rest = all.subarray(whole * width);
  }
  if (row !== rows || rest.length > 0) throw new RangeError(`${row} of ${rows} rows in ${column.name}`);
}

async function readTexts(part: Part, at: number, add: (text: string) => void): Promise<void> {
  const { table, group, rows } = part;
  const column = columnAt(table, at);
  if (column.isList)
    throw new FeatureTableError(`${table.file} has lists in the column ${column.name}; name another.`);
  let row = 0;
  for await (const page of readPages(table.source, chunkOf(table, group, at), column.path)) {
    requirePresent(part, column, page, row);
    if (row + page.count > rows) throw new RangeError(`more than ${rows} rows in ${column.name}`);
    for (let i = 0; i < page.count; i++) add(textOf(page.values[i]));
    row += page.count;
  }
  if (row !== rows) throw new RangeError(`${row} of ${rows} rows in ${column.name}`);
}

function textOf(value: unknown): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  return String(value);
}

function requirePresent({ table, first }: Part, column: LeafColumn, page: ColumnPage, row: number): void {
  if (!page.hasNulls) return;
  const place = column.isList ? "" : ` at row ${first + row + page.firstNull}`;
  throw new FeatureTableError(
    `${table.file} has no value in the column ${column.name}${place}; fill it in or leave the row out.`,
  );
}

/** Every list has as many numbers as the first. */
function requireLists(
  { table, first }: Part,
  column: LeafColumn,
  { repetition, count }: ColumnPage,
  entries: number,
  width: number,
): void {
  if (!repetition) return;
  for (let i = 0; i < count; i++) {
    const isStart = repetition[i] === 0;
    if (isStart === ((entries + i) % width === 0)) continue;
    throw new FeatureTableError(
      `${table.file} has another number of values in ${column.name} at row ${first + Math.floor((entries + i) / width)} than in the rows before; make all lists ${width} long.`,
    );
  }
}

function notNumber(
  { table, first }: Part,
  column: LeafColumn,
  row: number,
  value: number,
): FeatureTableError {
  return new FeatureTableError(
    `${table.file} has ${value} in the column ${column.name} at row ${first + row}, where a number belongs; correct it or leave the row out.`,
  );
}

function columnAt({ columns }: Opened, at: number): LeafColumn {
  const column = columns[at];
  if (!column) throw new RangeError(`no column ${at}`);
  return column;
}

/** Where a column lies in a row group. */
function chunkOf({ metadata, columns }: Opened, group: number, at: number): ColumnMetaData {
  const leaf = columns[at]?.path.at(-1)?.path.join("\0");
  const chunk = metadata.row_groups[group]?.columns.find(
    (one) => one.meta_data?.path_in_schema.join("\0") === leaf,
  );
  if (!chunk?.meta_data || chunk.file_path)
    throw new RangeError(`no data of the column ${columns[at]?.name}`);
  return chunk.meta_data;
}
