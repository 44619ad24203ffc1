/** The gain of some rows, block by block, whoever computes a block: of thousands of buckets it is never held whole. */
import { ownGains } from "./ownGains.ts";

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
 * Hands over what the reader asks for.
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
  const partsOf = (places: Int32Array): GainParts => ({
    logits: rowsOf(all.logits, places, classes),
    moment: rowsOf(all.moment, places, classes),
  });
  const chosen = reader.choose(ownGains(labels, all, classes, beta));
  for (const rows of parts(chosen.rows, size)) {
    const own = { ...partsOf(rows), labels: rows.map((row) => labels[row]) };
    for (const columns of parts(chosen.columns, size))
      reader.take({ values: await compute(own, partsOf(columns)), rows, columns });
  }
}

function* parts(places: Int32Array, size: number): Generator<Int32Array> {
  for (let from = 0; from < places.length; from += size) yield places.subarray(from, from + size);
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
