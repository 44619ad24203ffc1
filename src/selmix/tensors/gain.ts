/**
 * The gain G [B,B]: the first-order change of psi when the head takes a unit step down the cross-entropy of the mixup
 * z_ij = beta z_i + (1 - beta) z_j labelled label(i). In matrix products (docs/method.md, eq. (18) to (20)):
 *
 *     M  = (Z Z' + 1) A
 *     E1 = exp(beta (S - rowmax)), E2 = exp((1 - beta) (S - rowmax)), S = Z W' + b
 *     G  = beta M[i,label(i)] + (1-beta) M[j,label(i)] - (beta (M o E1) E2' + (1-beta) E1 (M o E2)') / (E1 E2')
 *
 * O(B^2 d + B^2 K) time, O(B^2) memory, on whatever tfjs backend is set. beta is multiplied into A, so that M carries it.
 */
import * as tf from "@tensorflow/tfjs-core";
import { rowsInMemory } from "../problem.ts";
import type { GainParts } from "../validation/gainByBlocks.ts";
import { readWithOnes } from "./headTensor.ts";
import { timesTransposed } from "./products.ts";

/** The parts of the gain that do not change while the features stay: prototypes and their inner products. */
export class GainGeometry {
  /** Z [B,d], a constant 1 at the end of each row when the step moves the bias: [B, d (+1)]. */
  readonly prototypes: tf.Tensor2D;
  readonly labels: Int32Array;
  #products: tf.Tensor2D | null = null;

  /**
   * @param prototypes mean validation feature per bucket, [B,d] row-major
   * @param labels class of each bucket
   * @param trainsBias whether the step moves the bias as well, which adds 1 to every inner product
   */
  constructor(prototypes: Float32Array, labels: Int32Array, trainsBias: boolean) {
    const buckets = labels.length;
    this.labels = labels;
    const rows = rowsInMemory(prototypes, prototypes.length / buckets);
    const columns = trainsBias ? rows.size + 1 : rows.size;
    this.prototypes = tf.tensor2d(readWithOnes(rows, 0, buckets, columns), [buckets, columns]);
  }

  /** Z Z' of those rows, [B,B]. */
  get products(): tf.Tensor2D {
    this.#products ??= tf.keep(tf.tidy(() => timesTransposed(this.prototypes)(this.prototypes)));
    return this.#products;
  }

  dispose(): void {
    this.prototypes.dispose();
    this.#products?.dispose();
  }
}

/**
 * G [B,B] row-major, float32.
 * @param logits S [B,K], logits of the prototypes (bias included); kept
 * @param derivative A [B,K] row-major
 * @param beta share of the first sample; the mean of the mixing range
 */
export async function gain(
  geometry: GainGeometry,
  logits: tf.Tensor2D,
  derivative: ArrayLike<number>,
  beta: number,
): Promise<Float32Array> {
  const [, classes] = logits.shape;
  const [moment, drop] = tf.tidy(() => {
    const m = momentOf(geometry, derivative, classes, beta);
    const below: tf.Tensor2D = tf.sub(logits, tf.max(logits, 1, true));
    const side = { moment: m, below };
    return [m, expectedDrop(side, side, beta)];
  });
  const [m, expected] = await Promise.all([moment.data(), drop.data()]);
  tf.dispose([moment, drop]);
  return labelTerms({ moment: m, others: m, labels: geometry.labels }, expected, classes, beta);
}

/** G [R,C] of some rows and columns. @param rows with the class of each */
export async function gainBlock(
  rows: GainParts & { readonly labels: Int32Array },
  columns: GainParts,
  classes: number,
  beta: number,
): Promise<Float32Array> {
  const drop = tf.tidy(() => expectedDrop(sideOf(rows, classes), sideOf(columns, classes), beta));
  const expected = await drop.data();
  drop.dispose();
  return labelTerms({ ...rows, others: columns.moment }, expected, classes, beta);
}

function sideOf({ logits, moment }: GainParts, classes: number): Side {
  const count = logits.length / classes;
  const own = tf.tensor2d(logits, [count, classes]);
  return {
    moment: tf.tensor2d(moment, [count, classes]),
    below: tf.sub<tf.Tensor2D>(own, tf.max(own, 1, true)),
  };
}

/** Of some prototypes: beta M, and how far their logits lie below the largest, both [R,K]. */
interface Side {
  readonly moment: tf.Tensor2D;
  readonly below: tf.Tensor2D;
}

/** beta M [B,K]. */
function momentOf(
  { products }: GainGeometry,
  derivative: ArrayLike<number>,
  classes: number,
  beta: number,
): tf.Tensor2D {
  const scaled = new Float32Array(derivative.length);
  for (let at = 0; at < scaled.length; at++) scaled[at] = beta * derivative[at];
  return tf.tidy(() => tf.matMul(products, tf.tensor2d(scaled, [products.shape[0], classes])));
}

/**
 * sum_l p_ij[l] (beta M[i,l] + (1-beta) M[j,l]) for every pair of a row and a column, [R,C]. Every step is tidied by itself: of large
 * problems each of these matrices takes megabytes.
 */
function expectedDrop(rows: Side, columns: Side, beta: number): tf.Tensor2D {
  const [e1, e2] = tf.tidy(() => [
    tf.exp<tf.Tensor2D>(tf.mul(rows.below, beta)),
    tf.exp<tf.Tensor2D>(tf.mul(columns.below, 1 - beta)),
  ]);
  const [first, total] = tf.tidy(() => {
    const timesE2 = timesTransposed(e2);
    return [timesE2(tf.mul(rows.moment, e1)), timesE2(e1)];
  });
  const second = tf.tidy(() => timesTransposed(tf.mul(tf.mul(columns.moment, e2), (1 - beta) / beta))(e1));
  tf.dispose([e1, e2]);
  return tf.tidy(() => tf.div(tf.add(first, second), total));
}

/** Rows of M looked at together: its columns are read, and a line of the cache holds several of them. */
const ROWS = 16;

/** beta M[i,label(i)] + (1-beta) M[j,label(i)] - drop[i,j] for rows i and columns j, from their moments beta M [R,K] and [C,K]. */
function labelTerms(
  {
    moment,
    others,
    labels,
  }: Readonly<Record<"moment" | "others", ArrayLike<number>>> & { labels: Int32Array },
  drop: ArrayLike<number>,
  classes: number,
  beta: number,
): Float32Array {
  const columns = others.length / classes;
  const result = new Float32Array(labels.length * columns);
  const share = (1 - beta) / beta;
  for (let from = 0; from < columns; from += ROWS) {
    const to = Math.min(from + ROWS, columns);
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i];
      const own = moment[i * classes + label];
      for (let j = from; j < to; j++) {
        const at = i * columns + j;
        result[at] = own + share * others[j * classes + label] - drop[at];
      }
    }
  }
  return result;
}
