/** Parts of the gain G [B,B], which of thousands of buckets is never held whole. */

/** Some rows and columns of G, rising. */
export interface GainCells {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/** G there, [rows, columns] row-major. */
export interface GainBlock extends GainCells {
  readonly values: Float32Array;
}

/** Who says which part of G is needed, and takes it. */
export interface GainReader {
  /** @param own all G[i,i], [B] */
  choose(own: Float32Array): GainCells;
  take(block: GainBlock): void;
}
