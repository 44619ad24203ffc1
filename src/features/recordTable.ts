/** Feature tables from CSV and Parquet: in memory, or by way of a flat cache where they are too large for it. */
import path from "node:path";
import { openSource } from "../files/ranges.ts";
import { rowsInMemory } from "../selmix/problem.ts";
import { type ChosenColumns, chooseColumns } from "./columns.ts";
import { cachedTable, writeCache } from "./flatCache.ts";
import { startBytes } from "./foreign.ts";
import { defaultMemoryBudget, type OpenTableOptions } from "./options.ts";
import { openCsv } from "./records/csv.ts";
import type { MakingRows } from "./records/parquetRows.ts";
import type { CodedTexts, NumberSink, RecordFile, RowFactsRead, Widths } from "./records/records.ts";
import { type FeatureTable, FeatureTableError, type RowFacts, requireWeights } from "./table.ts";

const endings: readonly string[] = [".csv", ".tsv"];

/** What a file with columns is, by its first bytes; null for any other. */
export async function recordKind(file: string): Promise<"csv" | "parquet" | null> {
  const source = await openSource(file);
  try {
    const bytes = await source.read(0, Math.min(startBytes, source.size));
    const start = Buffer.from(bytes).toString("latin1");
    if (start.startsWith("PAR1")) return "parquet";
    if (endings.includes(path.extname(file).toLowerCase())) return "csv";
    const isText =
      bytes.length > 0 && bytes.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);
    const [first = ""] = start.split(/\r?\n/);
    return isText && !/^\s*[{[]/.test(first) && /[,;\t]/.test(first) ? "csv" : null;
  } finally {
    await source.close();
  }
}

/** Opens a table whose columns have names. Throws `FeatureTableError` and `FileError`, one sentence each. */
export async function openRecordTable(
  file: string,
  kind: "csv" | "parquet",
  options: OpenTableOptions,
): Promise<FeatureTable> {
  const { cache = null, memoryBudget = defaultMemoryBudget } = options;
  const known = cache === null ? null : await cachedTable(cache, file, options);
  if (known) return known;
  const records = await openRecords(file, kind, { memoryBudget, scratch: cache });
  try {
    const chosen = chooseColumns(file, records.columns, options.columns ?? {}, {
      kind: options.kind ?? "features",
      needs: options.unlabelled ? "rows" : "all",
    });
    const widths = await widthsOf(records, chosen);
    const names = namesOf(records, chosen, widths.rows);
    const unused = [...chosen.unused];
    if (!isTooLarge(records, widths, memoryBudget)) {
      const read = await readInMemory(records, chosen, widths, memoryBudget);
      if (read) return { path: file, ...read, names, bodyHash: null, unused, close: () => undefined };
    }
    if (cache === null) {
      throw new FeatureTableError(
        `${file} is too large for memory, and nothing may be written here that it could be read from; save it as safetensors or npz.`,
      );
    }
    await writeCache(cache, file, options, { names, unused }, (sink) =>
      readInto(records, chosen, widths, sink),
    );
  } finally {
    await records.close();
  }
  const written = await cachedTable(cache, file, options);
  if (!written)
    throw new FeatureTableError(`${file} was written to while it was read; try again when it is complete.`);
  return written;
}

/** What the rows of a table beside the features are. */
export async function readFacts(
  file: string,
  options: OpenTableOptions,
): Promise<RowFacts & { readonly count: number; readonly unused: readonly string[] }> {
  const kind = await recordKind(file);
  if (kind === null)
    throw new FeatureTableError(`${file} is neither CSV nor Parquet; save what the rows are as one of them.`);
  const records = await openRecords(file, kind, {
    memoryBudget: defaultMemoryBudget,
    scratch: options.cache ?? null,
  });
  try {
    const chosen = chooseColumns(file, records.columns, options.columns ?? {}, {
      kind: "features",
      needs: "facts",
    });
    const { count, facts } = await readInto(
      records,
      chosen,
      { rows: 0, logits: 0 },
      { rows: () => undefined, logits: () => undefined },
    );
    return { ...facts, count, unused: [] };
  } finally {
    await records.close();
  }
}

/** Opens a file whose columns have names. Throws `FeatureTableError` and `FileError`. */
export async function openRecords(
  file: string,
  kind: "csv" | "parquet",
  making: MakingRows,
): Promise<RecordFile> {
  const source = await openSource(file);
  try {
    if (kind === "csv") return await openCsv(file, source);
    // Loaded when there is one: few have Parquet.
    const { openParquet } = await import("./records/parquet.ts");
    return await openParquet(file, source, making);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function widthsOf(records: RecordFile, { rows, logits }: ChosenColumns): Promise<Widths> {
  const sum = async (columns: readonly number[]) =>
    (await records.widths(columns)).reduce((total, width) => total + width, 0);
  return { rows: await sum(rows), logits: await sum(logits) };
}

/** Names of the numbers in a row; null where they lie in lists. */
function namesOf({ columns }: RecordFile, { rows }: ChosenColumns, width: number): string[] | null {
  return width === rows.length ? rows.map((at) => columns[at]?.name ?? "") : null;
}

function isTooLarge({ count }: RecordFile, { rows, logits }: Widths, budget: number): boolean {
  return count !== null && count * (rows + logits) * 4 > budget;
}

class TooLarge extends Error {}

/** Reads a table into memory; null where it turns out to be too large. */
async function readInMemory(records: RecordFile, chosen: ChosenColumns, widths: Widths, budget: number) {
  const rows = new Blocks(budget);
  const logits = new Blocks(budget);
  try {
    const { facts } = await readInto(records, chosen, widths, {
      rows: (values) => rows.add(values),
      logits: (values) => logits.add(values),
    });
    return {
      ...facts,
      rows: rowsInMemory(rows.joined(), widths.rows),
      logits: widths.logits === 0 ? null : rowsInMemory(logits.joined(), widths.logits),
    };
  } catch (error) {
    if (error instanceof TooLarge) return null;
    throw error;
  }
}

class Blocks {
  readonly #budget: number;
  #blocks: Float32Array[] = [];
  #length = 0;

  constructor(budget: number) {
    this.#budget = budget;
  }

  add(values: Float32Array): void {
    this.#length += values.length;
    if (4 * this.#length > this.#budget) throw new TooLarge();
    this.#blocks.push(values.slice());
  }

  joined(): Float32Array {
    const all = new Float32Array(this.#length);
    let at = 0;
    for (const block of this.#blocks) {
      all.set(block, at);
      at += block.length;
    }
    this.#blocks = [];
    return all;
  }
}

/** Reads all rows once: numbers go to the sink, what the rows are is returned. */
async function readInto(
  records: RecordFile,
  chosen: ChosenColumns,
  widths: Widths,
  sink: NumberSink,
): Promise<RowFactsRead> {
  const weights: Float64Array[] = [];
  const hasWeights = chosen.weights !== null;
  const numbers = [...chosen.rows, ...chosen.logits, ...(chosen.weights === null ? [] : [chosen.weights])];
  const texts = [...(chosen.labels === null ? [] : [chosen.labels]), ...chosen.groups.map(({ at }) => at)];
  const width = widths.rows + widths.logits + (hasWeights ? 1 : 0);
  const isWhole = width === widths.rows;
  let own = new Float32Array(0);
  let seen = 0;
  const read = await records.read({ numbers, texts }, async (values, count) => {
    if (isWhole) await sink.rows(values.subarray(0, count * width), count);
    else {
      if (own.length < count * width) own = new Float32Array(count * width);
      await sink.rows(cut(values, count, width, 0, widths.rows, own), count);
      if (widths.logits > 0)
        await sink.logits(cut(values, count, width, widths.rows, widths.logits, own), count);
    }
    if (hasWeights) {
      weights.push(Float64Array.from({ length: count }, (_, row) => values[row * width + width - 1] ?? 0));
      requireWeights(records.path, weights.at(-1) ?? new Float64Array(0), seen);
    }
    seen += count;
  });
  await records.assertUnchanged();
  const columns = read.texts.slice();
  const labels = chosen.labels === null ? null : requireFilled(records, chosen.labels, columns.shift());
  const attributes = chosen.groups.map(({ name, at }) => ({
    name,
    ...requireFilled(records, at, columns.shift()),
  }));
  return {
    count: read.count,
    facts: { labels, attributes, weights: hasWeights ? joinedWeights(weights) : null },
    widths,
  };
}

/** Columns [from, from + taken) of rows [count, width]. */
function cut(
  values: Float32Array,
  count: number,
  width: number,
  from: number,
  taken: number,
  into: Float32Array,
): Float32Array {
  for (let row = 0; row < count; row++)
    for (let d = 0; d < taken; d++) into[row * taken + d] = values[row * width + from + d] ?? 0;
  return into.subarray(0, count * taken);
}

function joinedWeights(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function requireFilled(
  { path: file, columns }: RecordFile,
  at: number,
  column: CodedTexts | undefined,
): CodedTexts {
  if (!column) throw new Error("a column was not read");
  const empty = column.texts.indexOf("");
  if (empty < 0) return column;
  throw new FeatureTableError(
    `${file} has nothing in the column ${columns[at]?.name} at row ${column.codes.indexOf(empty)}; fill it in or leave the row out.`,
  );
}
