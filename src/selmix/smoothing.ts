/**
 * Counts that know more than which class won. A recall counted on 30 samples jumps in steps of 3 points and is chased by
 * whatever is tuned on it. Here each sample of a bucket counts for the classes by softmax(logits / h): its margin seen
 * through a kernel of width h, as in kernel estimates of a distribution function. h follows the spread of the margins
 * and shrinks with the bucket's samples as n^(-1/5) (Silverman, 1986, section 3.4), so that with many samples the
 * smoothed counts become the hard ones.
 */

/** Width of the kernel in standard deviations of the margin at n = 1. */
const WIDTH = 0.8;
/** A class this many widths below the winner counts for nothing (less than 1e-7 of a sample). */
const FARTHEST = 16;

/** What a head does on a labelled set. */
export interface Look {
  /** Hard counts [B,K]: what is reported. */
  readonly counts: Int32Array;
  /** Smoothed counts [B,K], with the same row sums: what steers and selects. */
  readonly smooth: Float64Array;
  /** Standard deviation of the margin within a bucket, averaged over buckets: the width of the next look. */
  readonly spread: number;
}

/** Gathers a look from logits, some rows at a time. */
export class LookBuilder {
  readonly #labels: Int32Array;
  readonly #classes: number;
  readonly #bucketOf: Int32Array;
  readonly #widths: Float64Array;
  readonly #counts: Int32Array;
  readonly #smooth: Float64Array;
  readonly #margins: { sums: Float64Array; squares: Float64Array; samples: Float64Array };
  readonly #weights: Float64Array;

  /**
   * @param labels class of each bucket, [B]
   * @param bucketOf bucket of each row, [N]
   * @param spread of an earlier look; 0 for hard counts only
   */
  constructor(labels: Int32Array, classes: number, bucketOf: Int32Array, spread: number) {
    const buckets = labels.length;
    this.#labels = labels;
    this.#classes = classes;
    this.#bucketOf = bucketOf;
    const sizes = new Float64Array(buckets);
    for (const bucket of bucketOf) sizes[bucket]++;
    this.#widths = sizes.map((size) => WIDTH * spread * Math.max(size, 1) ** -0.2);
    this.#counts = new Int32Array(buckets * classes);
    this.#smooth = new Float64Array(buckets * classes);
    this.#margins = {
      sums: new Float64Array(buckets),
      squares: new Float64Array(buckets),
      samples: sizes,
    };
    this.#weights = new Float64Array(classes);
  }

  /** Adds rows [start, start + logits.length / K); `offset` [K] is added to the logits. */
  add(logits: ArrayLike<number>, start: number, offset: Float32Array | null = null): void {
    const classes = this.#classes;
    const shifted = new Float64Array(classes);
    for (let row = 0; row * classes < logits.length; row++) {
      const bucket = this.#bucketOf[start + row];
      const from = row * classes;
      for (let k = 0; k < classes; k++) shifted[k] = logits[from + k] + (offset === null ? 0 : offset[k]);
      this.#addRow(shifted, bucket);
    }
  }

  finish(): Look {
    const { sums, squares, samples } = this.#margins;
    let [total, buckets] = [0, 0];
    for (let b = 0; b < samples.length; b++) {
      if (samples[b] < 2) continue;
      total += Math.sqrt(Math.max(squares[b] / samples[b] - (sums[b] / samples[b]) ** 2, 0));
      buckets++;
    }
    return { counts: this.#counts, smooth: this.#smooth, spread: buckets === 0 ? 0 : total / buckets };
  }

  #addRow(logits: Float64Array, bucket: number): void {
    const label = this.#labels[bucket];
    let [winner, rival] = [0, -Infinity];
    for (let k = 0; k < logits.length; k++) {
      if (logits[k] > logits[winner]) winner = k;
      if (k !== label && logits[k] > rival) rival = logits[k];
    }
    const row = bucket * logits.length;
    this.#counts[row + winner]++;
    const margin = logits[label] - rival;
    this.#margins.sums[bucket] += margin;
    this.#margins.squares[bucket] += margin * margin;
    const width = this.#widths[bucket];
    if (!(width > 0)) {
      this.#smooth[row + winner]++;
      return;
    }
    const nearest = logits[winner] - FARTHEST * width;
    let total = 0;
    for (let k = 0; k < logits.length; k++) {
      const weight = logits[k] >= nearest ? Math.exp((logits[k] - logits[winner]) / width) : 0;
      this.#weights[k] = weight;
      total += weight;
    }
    for (let k = 0; k < logits.length; k++) {
      if (this.#weights[k] > 0) this.#smooth[row + k] += this.#weights[k] / total;
    }
  }
}
