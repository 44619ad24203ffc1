/** A feature table on disk: features [N,d] or scores [N,K], with labels, attributes and weights of its rows where it has them. */
import { printable } from "../files/ranges.ts";
import type { FeatureRows } from "../selmix/problem.ts";

/** Name under which a table says which body it was made with: metadata of safetensors, an array of one text elsewhere. */
export const bodyHashName = "selmix.bodyHash";

/** The checkpoint's own outputs are compared on so many rows at most. */
export const mostLogits = 512;

/** An index for each row, and what is written there where it is text: `codes` count `texts` then. */
export interface IndexColumn {
  readonly codes: Int32Array;
  /** Null where the numbers themselves are meant. */
  readonly texts: readonly string[] | null;
}

/** What the rows are told apart by, beside their class. */
export interface Attribute extends IndexColumn {
  readonly name: string;
}

/** What the rows of a table are. */
export interface RowFacts {
  /** Null in an unlabelled table. */
  readonly labels: IndexColumn | null;
  readonly attributes: readonly Attribute[];
  /** Weight of each row, positive or 0; null where all count the same. */
  readonly weights: Float64Array | null;
}

export interface FeatureTable extends RowFacts {
  readonly path: string;
  readonly rows: FeatureRows;
  /** Names of the numbers in a row, where they have any. */
  readonly names: readonly string[] | null;
  /** The checkpoint's own outputs [n,K] of the first n rows, where who made the table wrote them down. */
  readonly logits: FeatureRows | null;
  /** `bodyHash` of the checkpoint that the features were made with, where who made the table wrote it down. */
  readonly bodyHash: string | null;
  /** Arrays or columns that are there and not read. */
  readonly unused: readonly string[];
  close(): void;
}

/** A table that cannot be used: one sentence for the user. */
export class FeatureTableError extends Error {
  override name = "FeatureTableError";
  constructor(message: string) {
    super(printable(message));
  }
}

/** Throws `FeatureTableError` for a weight that is negative. */
export function requireWeights(file: string, weights: Float64Array, first = 0): void {
  const wrong = weights.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (wrong < 0) return;
  throw new FeatureTableError(
    `${file} has the weight ${weights[wrong]} at row ${first + wrong}; weights are 0 or more.`,
  );
}
