/** The gain of some rows, block by block, whoever computes a block: of thousands of buckets it is never held whole. */
import { ownGains } from "./ownGains.ts";

/** G of some rows and of the columns from one on, [rows, columns] row-major. */
export interface GainBlock {
  readonly values: Float32Array;
  readonly rows: Int32Array;
  readonly column: number;
  readonly columns: number;
}

/** Who says which rows of G are needed, and takes them. */
export interface GainReader {
  /** Rows, rising. @param own all G[i,i], [B] */
  choose(own: Float32Array): Int32Array;
  take(block: GainBlock): void;
}

/** Of some prototypes: logits S and moments beta M, [R,K] each. */
export interface GainParts {
  readonly logits: Float32Array;
  readonly moment: Float32Array;
}

interface Prototypes extends GainParts {
  /** Class of each, [R]. */
  readonly labels: Int32Array;
}

/**
 * Hands over the rows that the reader asks for.
 * @param all prototypes, [B]. @param size rows, and columns, of a block
 * @param compute G [R,C] of some rows and columns
 */
export async function gainByBlocks(
  all: Prototypes,
  classes: number,
  beta: number,
  size: number,
  reader: GainReader,
  compute: (rows: Prototypes, columns: GainParts) => Promise<Float32Array>,
): Promise<void> {
  const { labels } = all;
  const rows = reader.choose(ownGains(labels, all, classes, beta));
  for (let from = 0; from < rows.length; from += size) {
    const some = rows.subarray(from, from + size);
    const own = {
      logits: rowsOf(all.logits, some, classes),
      moment: rowsOf(all.moment, some, classes),
      labels: some.map((row) => labels[row]),
    };
    for (let column = 0; column < labels.length; column += size) {
      const end = Math.min(column + size, labels.length);
      const part = (values: Float32Array) => values.subarray(column * classes, end * classes);
      const values = await compute(own, { logits: part(all.logits), moment: part(all.moment) });
      reader.take({ values, rows: some, column, columns: end - column });
    }
  }
}

/** Some rows of numbers [B,K], without a copy where they follow each other. */
function rowsOf(values: Float32Array, rows: Int32Array, classes: number): Float32Array {
  const [first, last] = [rows[0], rows[rows.length - 1]];
  if (last - first === rows.length - 1) return values.subarray(first * classes, (last + 1) * classes);
  const some = new Float32Array(rows.length * classes);
  for (const [at, row] of rows.entries())
    some.set(values.subarray(row * classes, (row + 1) * classes), at * classes);
  return some;
}
