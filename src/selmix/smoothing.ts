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
  readonly #shifted: Float64Array;
  readonly #shares: Shares | null;

  /**
   * @param labels class of each bucket, [B]
   * @param bucketOf bucket of each row, [N]
   * @param spread of an earlier look; 0 for hard counts only
   * @param shares where to keep what the derivative needs, until they are used for another look; null to do without
   */
  constructor(
    labels: Int32Array,
    classes: number,
    bucketOf: Int32Array,
    spread: number,
    shares: Shares | null = null,
  ) {
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
    this.#shifted = new Float64Array(classes);
    this.#shares = spread > 0 ? shares : null;
    this.#shares?.clear();
  }

  /** Adds rows [start, start + logits.length / K); `offset` [K] is added to the logits. */
  add(logits: ArrayLike<number>, start: number, offset: Float32Array | null = null): void {
    const classes = this.#classes;
    const shifted = this.#shifted;
    for (let row = 0; row * classes < logits.length; row++) {
      const from = row * classes;
      for (let k = 0; k < classes; k++)
        shifted[k] = offset === null ? logits[from + k] : logits[from + k] + offset[k];
      this.#addRow(this.#bucketOf[start + row]);
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

  #addRow(bucket: number): void {
    const logits = this.#shifted;
    const classes = this.#classes;
    let winner = 0;
    let top = logits[0];
    let second = -Infinity;
    for (let k = 1; k < classes; k++) {
      const value = logits[k];
      if (value > top) {
        second = top;
        top = value;
        winner = k;
      } else if (value > second) second = value;
    }
    const row = bucket * classes;
    const label = this.#labels[bucket];
    const margin = logits[label] - (winner === label ? second : top);
    this.#counts[row + winner]++;
    this.#margins.sums[bucket] += margin;
    this.#margins.squares[bucket] += margin * margin;
    const width = this.#widths[bucket];
    const nearest = top - FARTHEST * width;
    if (!(second > nearest)) {
      this.#smooth[row + winner]++;
      this.#shares?.push(winner, 1);
    } else {
      this.#share(row, top, nearest, width);
    }
    this.#shares?.endRow();
  }

  /** Divides a row among the classes that are near enough to its winner. */
  #share(row: number, top: number, nearest: number, width: number): void {
    const logits = this.#shifted;
    const weights = this.#weights;
    let total = 0;
    for (let k = 0; k < logits.length; k++) {
      const weight = logits[k] >= nearest ? Math.exp((logits[k] - top) / width) : 0;
      weights[k] = weight;
      total += weight;
    }
    for (let k = 0; k < logits.length; k++) {
      if (weights[k] === 0) continue;
      const share = weights[k] / total;
      this.#smooth[row + k] += share;
      this.#shares?.push(k, share);
    }
  }

  #measure(shares: Shares, derivative: Float64Array): Float64Array {
    const result = new Float64Array(derivative.length);
    const { starts, classOf, share } = shares;
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

/** How much room is made when it runs out; doubling would leave tens of megabytes empty. */
const GROWTH = 1.5;

/** The classes that each row counts for, and how much: p_l(x) = softmax(logits(x) / h)_l, zeros left out. */
export class Shares {
  /** Entries of row r are [starts[r], starts[r + 1]). */
  readonly starts: Int32Array;
  classOf: Uint16Array | Int32Array;
  share: Float32Array;
  #length = 0;
  #rows = 0;

  constructor(rows: number, classes: number) {
    this.starts = new Int32Array(rows + 1);
    // A row has at least one entry.
    const room = Math.max(rows, 1024);
    this.classOf = classes <= 2 ** 16 ? new Uint16Array(room) : new Int32Array(room);
    this.share = new Float32Array(room);
  }

  clear(): void {
    this.#length = 0;
    this.#rows = 0;
  }

  push(label: number, share: number): void {
    if (this.#length === this.share.length) this.#grow();
    this.classOf[this.#length] = label;
    this.share[this.#length++] = share;
  }

  endRow(): void {
    this.starts[++this.#rows] = this.#length;
  }

  #grow(): void {
    const { classOf, share } = this;
    const room = Math.ceil(GROWTH * this.#length);
    this.classOf = classOf instanceof Uint16Array ? new Uint16Array(room) : new Int32Array(room);
    this.share = new Float32Array(room);
    this.classOf.set(classOf);
    this.share.set(share);
  }
}
