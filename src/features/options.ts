/** How a table is opened. */
import type { ColumnSettings, TableKind } from "./columns.ts";

export interface OpenTableOptions {
  /** Tables whose float32 form is at most this many bytes are decoded into memory once; others are read by ranges. */
  readonly memoryBudget?: number;
  /** The rows are read in order, a few times: then a few ranges cost less than tens of megabytes held throughout. */
  readonly inOrder?: boolean;
  /** Names of columns or arrays, where they are other than the usual ones. */
  readonly columns?: Partial<ColumnSettings>;
  /** What the rows hold. Default: features. */
  readonly kind?: TableKind;
  /** What the rows are is not asked for. */
  readonly unlabelled?: boolean;
  /** A table that says what the rows are, row by row: CSV or Parquet. */
  readonly metadata?: string;
  /**
   * Folder for what a CSV or Parquet is turned into where it is too large for memory; where there is none, such a table is
   * refused.
   */
  readonly cache?: string | null;
}

export const defaultMemoryBudget = 256 * 1024 * 1024;
