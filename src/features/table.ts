/** A feature table on disk: features [N,d], labels [N] and groups [N] where it has them. */
import { printable } from "../files/ranges.ts";
import type { FeatureRows } from "../selmix/problem.ts";

/** Name under which a table says which body it was made with: metadata of safetensors, an array of one text elsewhere. */
export const bodyHashName = "selmix.bodyHash";

export interface FeatureTable {
  readonly path: string;
  readonly rows: FeatureRows;
  /** Class index per row; null in an unlabelled table. */
  readonly labels: Int32Array | null;
  /** Group index per row; null when the table has no groups. */
  readonly groups: Int32Array | null;
  /** `bodyHash` of the checkpoint that the features were made with, where who made the table wrote it down. */
  readonly bodyHash: string | null;
  /** Arrays that are there and not read. */
  readonly unused: readonly string[];
  close(): void;
}

export interface OpenTableOptions {
  /** Tables whose float32 form is at most this many bytes are decoded into memory once; others are read by ranges. */
  readonly memoryBudget?: number;
  /** The rows are read in order, a few times: then a few ranges cost less than tens of megabytes held throughout. */
  readonly inOrder?: boolean;
}

/** A table that cannot be used: one sentence for the user. */
export class FeatureTableError extends Error {
  override name = "FeatureTableError";
  constructor(message: string) {
    super(printable(message));
  }
}
