/** The gain block by block, whoever tries heads on the prototypes and computes a block. */
import type { Matrix } from "../confusion/matrix.ts";
import { MIXING_MEAN } from "../mixing/sampler.ts";
import type { Head } from "../problem.ts";
import type { GainReader } from "../steering/gainBlocks.ts";
import { momentHead } from "../steering/momentHead.ts";
import { ownGains } from "../steering/ownGains.ts";
import { allLogits, type FeatureSet } from "./evaluator.ts";

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
 * @param set Z [B,d], on which heads are tried. @param labels class of each bucket, [B]
 * @param derivative A [B,K]. @param size rows, and columns, of a block
 * @param compute G [R,C] of some rows and columns
 */
export async function gainByBlocks(
  { set, prototypes, labels }: { set: FeatureSet; prototypes: Float32Array; labels: Int32Array },
  head: Head,
  derivative: Matrix,
  size: number,
  reader: GainReader,
  compute: (rows: Prototypes, columns: GainParts) => Promise<Float32Array>,
): Promise<void> {
  const { classes } = head;
  const all = {
    logits: await allLogits(set, head),
    moment: await allLogits(set, momentHead(prototypes, derivative, head, MIXING_MEAN)),
  };
  const partsOf = (places: Int32Array): GainParts => ({
    logits: rowsOf(all.logits, places, classes),
    moment: rowsOf(all.moment, places, classes),
  });
  const chosen = reader.choose(ownGains(labels, all, classes, MIXING_MEAN));
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
