/** Labels for unlabelled samples, made by the network itself, whose classes may be as frequent as they like. */

const ROUNDS = 20;
/** Logits are multiplied by this, so that the labels say more clearly what the network thinks. */
const SHARPENING = 2;
/** A class that no sample seems to have counts as half a sample. */
const LEAST_COUNT = 0.5;

export interface SoftLabels {
  /** Probabilities [N,K] of the classes. */
  readonly probabilities: Float32Array;
  /** The likeliest class [N]. */
  readonly likeliest: Int32Array;
  /** Logarithms [K] of the class frequencies that fit the samples best. */
  readonly logPrior: Float32Array;
}

/**
 * Soft labels from the logits [N,K] of a head that is balanced, under the class frequencies that make the samples likeliest,
 * found by expectation maximisation (Saerens, Latinne and Decaestecker, 2002; docs/method.md, eq. (56)).
 */
export function softLabels(logits: Float32Array, classes: number): SoftLabels {
  const count = logits.length / classes;
  let logPrior: Float32Array = new Float32Array(classes);
  const posterior = new Float32Array(classes);
  for (let round = 0; round < ROUNDS; round++) {
    const sums = new Float64Array(classes);
    for (let row = 0; row < count; row++) {
      softmax(logits, row, logPrior, 1, posterior);
      for (let k = 0; k < classes; k++) sums[k] += posterior[k];
    }
    logPrior = logFrequencies(sums, count);
  }
  const probabilities = new Float32Array(logits.length);
  const likeliest = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    softmax(logits, row, logPrior, SHARPENING, posterior);
    probabilities.set(posterior, row * classes);
    likeliest[row] = posterior.indexOf(Math.max(...posterior));
  }
  return { probabilities, likeliest, logPrior };
}

/** Logarithms of the frequencies of classes with so many samples each, of `count` in all. */
export function logFrequencies(counts: ArrayLike<number>, count: number): Float32Array {
  return Float32Array.from(counts, (each) => Math.log(Math.max(each, LEAST_COUNT) / count));
}

/** softmax(scale (logits + offsets)) of one row. */
function softmax(
  logits: Float32Array,
  row: number,
  offsets: Float32Array,
  scale: number,
  target: Float32Array,
): void {
  const classes = offsets.length;
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < classes; k++) {
    target[k] = scale * (logits[row * classes + k] + offsets[k]);
    largest = Math.max(largest, target[k]);
  }
  let total = 0;
  for (let k = 0; k < classes; k++) {
    target[k] = Math.exp(target[k] - largest);
    total += target[k];
  }
  for (let k = 0; k < classes; k++) target[k] /= total;
}
