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
import { readWithOnes } from "./headTensor.ts";
import { timesTransposed } from "./products.ts";

/** The parts of the gain that do not change while the features stay: prototypes and their inner products. */
export class GainGeometry {
  /** Z [B,d], a constant 1 at the end of each row when the step moves the bias: [B, d (+1)]. */
  readonly prototypes: tf.Tensor2D;
  /** Z Z' of those rows, [B,B]. */
  readonly products: tf.Tensor2D;
  readonly labels: Int32Array;

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
    this.products = tf.tidy(() => timesTransposed(this.prototypes)(this.prototypes));
  }

  dispose(): void {
    tf.dispose([this.prototypes, this.products]);
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
  const [buckets, classes] = logits.shape;
  const [moment, drop] = tf.tidy(() => {
    const m = momentOf(geometry, derivative, classes, beta);
    return [m, expectedDrop(m, logits, beta)];
  });
  const [m, expected] = await Promise.all([moment.data(), drop.data()]);
  tf.dispose([moment, drop]);
  return labelTerms(m, expected, geometry.labels, buckets, classes, beta);
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
 * sum_l p_ij[l] (beta M[i,l] + (1-beta) M[j,l]) for every pair, [B,B]. Every step is tidied by itself: of large problems each of
 * these matrices takes megabytes.
 * @param m beta M
 */
function expectedDrop(m: tf.Tensor2D, logits: tf.Tensor2D, beta: number): tf.Tensor2D {
  const [e1, e2] = tf.tidy(() => {
    const below: tf.Tensor2D = tf.sub(logits, tf.max(logits, 1, true));
    return [beta, 1 - beta].map((share): tf.Tensor2D => tf.exp(tf.mul(below, share)));
  });
  const [first, total] = tf.tidy(() => {
    const timesE2 = timesTransposed(e2);
    return [timesE2(tf.mul(m, e1)), timesE2(e1)];
  });
  const second = tf.tidy(() => timesTransposed(tf.mul(tf.mul(m, e2), (1 - beta) / beta))(e1));
  tf.dispose([e1, e2]);
  return tf.tidy(() => tf.div(tf.add(first, second), total));
}

/** Rows of M looked at together: its columns are read, and a line of the cache holds several of them. */
const ROWS = 16;

/** beta M[i,label(i)] + (1-beta) M[j,label(i)] - drop[i,j], from m = beta M. */
function labelTerms(
  m: ArrayLike<number>,
  drop: ArrayLike<number>,
  labels: Int32Array,
  buckets: number,
  classes: number,
  beta: number,
): Float32Array {
  const result = new Float32Array(buckets * buckets);
  const share = (1 - beta) / beta;
  for (let from = 0; from < buckets; from += ROWS) {
    const to = Math.min(from + ROWS, buckets);
    for (let i = 0; i < buckets; i++) {
      const label = labels[i];
      const own = m[i * classes + label];
      for (let j = from; j < to; j++) {
        const at = i * buckets + j;
        result[at] = own + share * m[j * classes + label] - drop[at];
      }
    }
  }
  return result;
}
