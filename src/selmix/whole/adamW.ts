/**
 * AdamW (Loshchilov and Hutter, 2019) with PyTorch's defaults. At step t with gradient g and rate r, element by element:
 *
 *     m <- 0.9 m + 0.1 g,  v <- 0.999 v + 0.001 g^2
 *     w <- (1 - 0.01 r) w - r m / (1 - 0.9^t) / (sqrt(v / (1 - 0.999^t)) + 1e-8)
 */
import * as tf from "@tensorflow/tfjs-core";

const [FIRST_DECAY, SECOND_DECAY] = [0.9, 0.999];
const EPSILON = 1e-8;
const WEIGHT_DECAY = 0.01;

/** What is trained, and what the optimiser remembers of it, each in the same order. */
export interface Moments {
  readonly first: readonly tf.Variable[];
  readonly second: readonly tf.Variable[];
}

/**
 * Moves weights and their moments in place.
 * @param gradients null leaves a weight and its moments as they are
 * @param t of this step, counted from 1
 */
export function adamW(
  weights: readonly tf.Variable[],
  { first, second }: Moments,
  gradients: readonly (tf.Tensor | null)[],
  rate: number,
  t: number,
): void {
  tf.tidy(() => {
    for (const [at, gradient] of gradients.entries()) {
      if (gradient === null) continue;
      follow(first[at], gradient, 1 - FIRST_DECAY);
      follow(second[at], tf.square(gradient), 1 - SECOND_DECAY);
      const spread = tf.add(tf.sqrt(tf.div(second[at], 1 - SECOND_DECAY ** t)), EPSILON);
      const step = tf.mul(tf.div(first[at], spread), rate / (1 - FIRST_DECAY ** t));
      weights[at].assign(tf.sub(tf.mul(weights[at], 1 - WEIGHT_DECAY * rate), step));
    }
  });
}

/** Moves a running mean towards a value by a share of the way. */
export function follow(mean: tf.Variable, value: tf.Tensor, share: number): void {
  tf.tidy(() => mean.assign(tf.add(mean, tf.mul(tf.sub(value, mean), share))));
}
