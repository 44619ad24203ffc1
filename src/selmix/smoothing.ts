/**
 * Counts that know more than which class won. A recall counted on 30 samples jumps in steps of 3 points and is chased by
 * whatever is tuned on it. Here each sample of a bucket counts for the classes by softmax(logits / h): its margin seen
 * through a kernel of width h, as in kernel estimates of a distribution function. h follows the spread of the margins
 * and shrinks with the bucket's samples as n^(-1/5) (Silverman, 1986, section 3.4), so that with many samples the
 * smoothed counts become the hard ones.
 */

/** Width of the kernel in standard deviations of the margin at n = 1. */
const WIDTH = 0.8;
/** A class this many widths below the winner counts for nothing: its share would be less than 2e-7. */
const FARTHEST = 16;

/** The classes that each row counts for, and how much: p_l(x) = softmax(logits(x) / h)_l, zeros left out. */
interface Shares {
  /** Entries of row r are [starts[r], starts[r + 1]). */
  readonly starts: Int32Array;
  readonly classes: GrowingArray<Int32Array>;
  readonly values: GrowingArray<Float32Array>;
}

/** What a head does on a labelled set. */
export interface Look {
  /** Hard counts [B,K]: what is reported. */
  readonly counts: Int32Array;
  /** Smoothed counts [B,K], with the same row sums: what steers and selects. */
  readonly smooth: Float64Array;
  /** Standard deviation of the margin within a bucket, averaged over buckets: the width of the next look. */
  readonly spread: number;
  /**
   * A = d psi / d (a shift of the logits of a bucket's rows), [B,K], from D = d psi / d C [B,K] at the smoothed C:
   *
   *     A[b,l] = 1 / (N h_b) sum over rows x of b of p_l(x) (D[b,l] - sum_k D[b,k] p_k(x))
   *
   * Rows sum to 0. It is C o (D - rowsum(D o R)) where all rows of a bucket have the same p and h = 1; measured on the
   * rows, the signal of a class depends on how many of its samples lie near the border, not on its recall.
   * Null where there is nothing to measure it with: no spread, or not asked for.
   */
  readonly derivative: ((derivative: Float64Array) => Float64Array) | null;
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
  readonly #shares: Shares | null;

  /**
   * @param labels class of each bucket, [B]
   * @param bucketOf bucket of each row, [N]
   * @param spread of an earlier look; 0 for hard counts only
   * @param measures whether the look can tell the derivative, which takes memory for the rows' shares
   */
  constructor(labels: Int32Array, classes: number, bucketOf: Int32Array, spread: number, measures = false) {
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
    this.#shares =
      measures && spread > 0
        ? {
            starts: new Int32Array(bucketOf.length + 1),
            classes: new GrowingArray(Int32Array),
            values: new GrowingArray(Float32Array),
          }
        : null;
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
      if (this.#shares !== null) this.#shares.starts[start + row + 1] = this.#shares.values.length;
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
    const shares = this.#shares;
    return {
      counts: this.#counts,
      smooth: this.#smooth,
      spread: buckets === 0 ? 0 : total / buckets,
      derivative: shares === null ? null : (derivative) => this.#measure(shares, derivative),
    };
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
      if (this.#weights[k] === 0) continue;
      const share = this.#weights[k] / total;
      this.#smooth[row + k] += share;
      this.#shares?.classes.push(k);
      this.#shares?.values.push(share);
    }
  }

  #measure({ starts, classes, values }: Shares, derivative: Float64Array): Float64Array {
    const result = new Float64Array(derivative.length);
    const [classOf, share] = [classes.array, values.array];
    for (let row = 0; row < this.#bucketOf.length; row++) {
      const bucket = this.#bucketOf[row];
      const from = bucket * this.#classes;
      const scale = 1 / (this.#bucketOf.length * this.#widths[bucket]);
      let expected = 0;
      for (let at = starts[row]; at < starts[row + 1]; at++)
        expected += derivative[from + classOf[at]] * share[at];
      for (let at = starts[row]; at < starts[row + 1]; at++) {
        const cell = from + classOf[at];
        result[cell] += scale * share[at] * (derivative[cell] - expected);
      }
    }
    return result;
  }
}

/** A typed array that doubles when it is full. */
class GrowingArray<T extends Int32Array | Float32Array> {
  readonly #make: new (
    length: number,
  ) => T;
  #array: T;
  length = 0;

  constructor(make: new (length: number) => T) {
    this.#make = make;
    this.#array = new make(1024);
  }

  get array(): T {
    return this.#array;
  }

  push(value: number): void {
    if (this.length === this.#array.length) {
      const larger = new this.#make(2 * this.length);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.length++] = value;
  }
}
