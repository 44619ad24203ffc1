/** Parquet tables: columns of numbers, lists of numbers and texts, read by row groups and pages. Metadata is read by hyparquet. */
import { type FileMetaData, parquetMetadataAsync, parquetSchema, type SchemaTree } from "hyparquet";
import { getMaxRepetitionLevel, getTreePath } from "hyparquet/src/schema.js";
import { FileError, reason, type SourceFile } from "../../files/ranges.ts";
import { FeatureTableError } from "../table.ts";
import { type LeafColumn, type MakingRows, type Opened, readRows, widthsOf } from "./parquetRows.ts";
import type { RecordFile } from "./records.ts";

const mostMetadataBytes = 64 * 1024 * 1024;
/** Opens a Parquet table. Throws `FeatureTableError` where its metadata are not sound. */
export async function openParquet(file: string, source: SourceFile, making: MakingRows): Promise<RecordFile> {
  const metadata = await soundly(file, () => readMetadata(source));
  const columns = await soundly(file, async () => columnsOf(metadata));
  const count = Number(metadata.num_rows);
  const groups = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (!(count > 0 && count < 2 ** 31) || groups !== count) {
    throw new FeatureTableError(
      count === 0
        ? `${file} has no rows; export some samples.`
        : `${file} has ${count} rows, and ${groups} in its row groups; write it again.`,
    );
  }
  const table: Opened = { file, source, metadata, columns, making };
  return {
    path: file,
    columns,
    count,
    widths: (numbers) => soundly(file, () => widthsOf(table, numbers)),
    read: (wanted, take) => soundly(file, () => readRows(table, wanted, take)),
    assertUnchanged: () => source.assertUnchanged(),
    close: () => source.close(),
  };
}

async function readMetadata(source: SourceFile): Promise<FileMetaData> {
  return parquetMetadataAsync(
    {
      byteLength: source.size,
      async slice(start, end = source.size) {
        if (end - start > mostMetadataBytes) throw new RangeError(`metadata of ${end - start} bytes`);
        return Uint8Array.from(await source.read(start, end - start)).buffer;
      },
    },
    { geoparquet: false },
  );
}

/** Whatever a decoder throws at bytes that are not sound becomes one sentence. */
async function soundly<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FeatureTableError || error instanceof FileError || isAbort(error)) throw error;
    const why = isTelling(error) ? `: ${reason(error)}` : "";
    throw new FeatureTableError(`${file} is not a sound Parquet file${why}; write it again.`);
  }
}

/** What the library cannot read, and says so; other errors tell of its insides. */
function isTelling(error: unknown): boolean {
  return error instanceof Error && /^parquet unsupported [\w ]+: \w+$/.test(error.message);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function columnsOf(metadata: FileMetaData): LeafColumn[] {
  const root = parquetSchema(metadata);
  return root.children.map((child) => {
    let leaf = child;
    while (leaf.children.length === 1 && leaf.children[0]) leaf = leaf.children[0];
    const path = getTreePath(root, leaf.path);
    const repeats = getMaxRepetitionLevel(path);
    const readable = leaf.children.length === 0 && repeats <= 1 && (leaf === child || repeats === 1);
    return {
      name: child.element.name,
      isNumeric: readable && isNumber(leaf),
      isList: repeats === 1,
      path,
    };
  });
}

function isNumber({ element }: SchemaTree): boolean {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (logical?.type === "FLOAT16" || converted === "DECIMAL") return true;
  if (type === "FLOAT" || type === "DOUBLE" || type === "BOOLEAN") return true;
  const isWhole = type === "INT32" || type === "INT64";
  return isWhole && !/^(DATE|TIME)/.test(converted ?? "") && !/^(DATE|TIME)/.test(logical?.type ?? "");
}
