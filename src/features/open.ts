/** Opens a feature table, whatever it is kept in, and checks everything about it that does not need a head. */
import { stat } from "node:fs/promises";
import { reason } from "../files/ranges.ts";
import { openArrayTable } from "./arrayTable.ts";
import type { OpenTableOptions } from "./options.ts";
import { openRecordTable, readFacts, recordKind } from "./recordTable.ts";
import { type FeatureTable, FeatureTableError } from "./table.ts";

/**
 * Opens `features` [N,d] (F16, BF16, F32, F64) or `scores` [N,K], with `labels` [N], attributes and `weights` [N] where they are
 * there, from safetensors, npz, a folder of .npy files, CSV or Parquet. Throws `FeatureTableError` or `FileError` in one sentence:
 * arrays or columns missing or of the wrong shape or type, no rows, negative labels, a body hash that is none, and NaN or infinite
 * features, which in tables that are read by ranges are found when a row is read first.
 */
export async function openFeatureTable(file: string, options: OpenTableOptions = {}): Promise<FeatureTable> {
  const info = await stat(file).catch((error: unknown) => {
    throw new FeatureTableError(`${file} cannot be opened: ${reason(error)}; check the path under features.`);
  });
  const kind = info.isDirectory() ? null : await recordKind(file);
  const { metadata } = options;
  const own = metadata === undefined ? options : { ...options, unlabelled: true };
  const table = kind === null ? await openArrayTable(file, own) : await openRecordTable(file, kind, own);
  return metadata === undefined ? table : withFacts(table, metadata, options);
}

/** The same rows, with what another table says of them, row by row. */
async function withFacts(
  table: FeatureTable,
  metadata: string,
  options: OpenTableOptions,
): Promise<FeatureTable> {
  try {
    const { count, labels, attributes, weights } = await readFacts(metadata, options);
    if (count !== table.rows.count) {
      throw new FeatureTableError(
        `${metadata} has ${count} rows and ${table.path} has ${table.rows.count}; they go together row by row.`,
      );
    }
    return { ...table, labels, attributes, weights };
  } catch (error) {
    table.close();
    throw error;
  }
}
