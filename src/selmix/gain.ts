/**
 * The gain G [B,B]: the first-order change of psi when the head takes a unit step down the cross-entropy of the mixup
 * z_ij = beta z_i + (1 - beta) z_j labelled label(i). In matrix products (method.md section 3):
 *
 *     M  = (Z Z' + 1) A
 *     E1 = exp(beta S - rowmax), E2 = exp((1 - beta) S - rowmax), S = Z W' + b
 *     G  = beta M[i,label(i)] + (1-beta) M[j,label(i)] - (beta (M o E1) E2' + (1-beta) E1 (M o E2)') / (E1 E2')
 *
 * O(B^2 d + B^2 K) time, O(B^2) memory, on whatever tfjs backend is set. No product uses a transpose flag: those are
 * more than ten times slower on wasm.
 */
import * as tf from "@tensorflow/tfjs-core";

/** The parts of the gain that do not change while the features stay: prototypes and their inner products. */
export class GainGeometry {
  readonly prototypes: tf.Tensor2D;
  readonly products: tf.Tensor2D;
  readonly labels: Int32Array;

  /**
   * @param prototypes mean validation feature per bucket, [B,d] row-major
   * @param labels class of each bucket
   * @param trainsBias whether the step moves the bias as well, which adds 1 to every inner product
   */
  constructor(prototypes: Float32Array, labels: Int32Array, trainsBias: boolean) {
    const buckets = labels.length;
    const size = prototypes.length / buckets;
    this.labels = labels;
    this.prototypes = tf.tensor2d(prototypes, [buckets, size]);
    this.products = tf.tidy(() => {
      const inner: tf.Tensor2D = tf.matMul(this.prototypes, tf.transpose(this.prototypes));
      return trainsBias ? tf.add(inner, 1) : inner;
    });
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
  derivative: Float32Array,
  beta: number,
): Promise<Float32Array> {
  const [buckets, classes] = logits.shape;
  const [moment, expected] = tf.tidy(() => {
    const m: tf.Tensor2D = tf.matMul(geometry.products, tf.tensor2d(derivative, [buckets, classes]));
    const e1 = exponentials(logits, beta);
    const e2 = exponentials(logits, 1 - beta);
    const e2t = tf.transpose(e2);
    const first = tf.matMul(tf.mul(tf.mul(m, e1), beta), e2t);
    const second = tf.matMul(e1, tf.transpose(tf.mul(tf.mul(m, e2), 1 - beta)));
    return [m, tf.div(tf.add(first, second), tf.matMul(e1, e2t))];
  });
  const [m, drop] = await Promise.all([moment.data(), expected.data()]);
  tf.dispose([moment, expected]);
  return labelTerms(m, drop, geometry.labels, classes, beta);
}

/** exp(share S - rowmax), so that the largest entry of a row is 1. */
function exponentials(logits: tf.Tensor2D, share: number): tf.Tensor2D {
  const scaled: tf.Tensor2D = tf.mul(logits, share);
  return tf.exp(tf.sub(scaled, tf.max(scaled, 1, true)));
}

/** beta M[i,label(i)] + (1-beta) M[j,label(i)] - drop[i,j]. */
function labelTerms(
  moment: ArrayLike<number>,
  drop: ArrayLike<number>,
  labels: Int32Array,
  classes: number,
  beta: number,
): Float32Array {
  const buckets = labels.length;
  const result = new Float32Array(buckets * buckets);
  for (let i = 0; i < buckets; i++) {
    const label = labels[i];
    const own = beta * moment[i * classes + label];
    for (let j = 0; j < buckets; j++) {
      const at = i * buckets + j;
      result[at] = own + (1 - beta) * moment[j * classes + label] - drop[at];
    }
  }
  return result;
}
