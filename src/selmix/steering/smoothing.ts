/**
 * Counts that know more than which class won. A recall counted on 30 samples jumps in steps of 3 points and is chased by
 * whatever is tuned on it. Here each sample of a bucket counts for its label by sigmoid(margin / h), the margin being that of the
 * label above its best rival, and for that rival by the rest: the margin seen through a kernel of width h, as in kernel
 * estimates of a distribution function. A softmax over all classes would be no such kernel: of a hundred rivals none of
 * which is near, all together still weigh. h follows the spread of the margins and shrinks with the bucket's samples as n^(-1/5)
 * (Silverman, 1986, section 3.4), so that with many samples the smoothed counts become the hard ones (docs/method.md, eq. (3) and (4)).
 */

import { asMatrix, type Counts } from "../confusion/matrix.ts";
import { type Sums, sumsOf } from "../confusion/sums.ts";
import { type Rivals, rivalsIn } from "./rivals.ts";

/** Width of the kernel in standard deviations of the margin at n = 1. */
const WIDTH = 0.8;
/** Beyond this many widths from the border a sample counts for one side alone: the other's share would be less than 2e-7. */
const FARTHEST = 16;

/** What a head does on a labelled set. */
export interface ValidationPass {
  /** Hard counts [B,K]: what is reported. */
  readonly counts: Counts;
  /** Smoothed counts [B,K], with the same row sums: what steers and selects. The cell of each bucket's label is kept. */
  readonly smooth: Counts;
  /** Spread of the margin within a bucket, averaged over buckets: the width of the next look. A few wild samples do not move it. */
  readonly spread: number;
  /**
   * A = d psi / d (a shift of the logits of a bucket's rows) from D = d psi / d C at the smoothed C, both in its cells (docs/method.md, eq. (12)):
   *
   *     A[b,l] = 1 / (N h_b) sum over rows x of b of p_l(x) (D[b,l] - sum_k D[b,k] p_k(x)),   p the shares a row counts by
   *
   * (each row times what it counts for, and N the sum of that, where rows count unlike).
   * Rows sum to 0. It is C o (D - rowsum(D o R)) where all rows of a bucket have the same p and h = 1; measured on the
   * rows, the signal of a class depends on how many of its samples lie near the border, not on its recall.
   * Null where there is nothing to measure it with: no spread, or not asked for.
   */
  readonly derivative: ((derivative: Float64Array) => Float64Array) | null;
}

/** What rows count for, where they count unlike: see population.ts. */
export interface Weighing {
  /** On average over a bucket, [B]. */
  readonly ofBuckets: ArrayLike<number>;
  /** Within its bucket, [N]; all alike when absent. */
  readonly within?: ArrayLike<number>;
}

/** Gathers a look from logits, some rows at a time. */
export class ValidationPassBuilder {
  /** Class of each row, [N]. */
  readonly #labels: Int32Array;
  readonly #classes: number;
  readonly #bucketOf: Int32Array;
  readonly #widths: Float64Array;
  readonly #counts: Sums;
  readonly #smooth: Sums;
  readonly #margins: Float32Array;
  readonly #sizes: Float64Array;
  readonly #shares: Shares | null;
  readonly #weighing: Weighing | null;

  /**
   * @param labels class of each bucket, [B]
   * @param bucketOf bucket of each row, [N]
   * @param spread of an earlier look; 0 for hard counts only
   * @param shares where to keep what the derivative needs, until they are used for another look; null to do without
   * @param weighing what rows count for; null where they count alike
   */
  constructor(
    labels: Int32Array,
    classes: number,
    bucketOf: Int32Array,
    spread: number,
    shares: Shares | null = null,
    weighing: Weighing | null = null,
  ) {
    const buckets = labels.length;
    this.#labels = bucketOf.map((bucket) => labels[bucket]);
    this.#classes = classes;
    this.#bucketOf = bucketOf;
    const sizes = new Float64Array(buckets);
    for (const bucket of bucketOf) sizes[bucket]++;
    this.#widths = sizes.map((size) => WIDTH * spread * Math.max(size, 1) ** -0.2);
    this.#weighing = weighing;
    const { length: rows } = bucketOf;
    this.#counts = sumsOf(buckets, classes, rows, (cells) =>
      weighing?.within ? new Float64Array(cells) : new Int32Array(cells),
    );
    this.#smooth = sumsOf(buckets, classes, 2 * rows + buckets, (cells) => new Float64Array(cells));
    for (const [b, label] of labels.entries()) this.#smooth.add(b, label, 0);
    this.#margins = new Float32Array(bucketOf.length);
    this.#sizes = sizes;
    this.#shares = spread > 0 ? shares : null;
    this.#shares?.clear();
  }

  /** Adds rows [start, start + logits.length / K); `offset` [K] is added to the logits. */
  add(logits: ArrayLike<number>, start: number, offset: Float32Array | null = null): void {
    this.addRivals(rivalsIn(logits, this.#labels, start, this.#classes, offset), start);
  }

  /** Adds rows from `start` on, of which the margins are known. */
  addRivals({ margins, rivals }: Rivals, start: number): void {
    for (let at = 0; at < margins.length; at++) this.#addRow(start + at, margins[at], rivals[at]);
  }

  finish(): ValidationPass {
    const shares = this.#shares;
    const smooth = this.#smooth.finish();
    return {
      counts: this.#counts.finish(),
      smooth,
      spread: this.#spread(),
      derivative: shares === null ? null : (derivative) => this.#measure(shares, smooth, derivative),
    };
  }

  #addRow(row: number, margin: number, rival: number): void {
    const bucket = this.#bucketOf[row];
    const label = this.#labels[row];
    this.#margins[row] = margin;
    // Of equal logits the first class wins, as in argmax.
    const winner = margin > 0 || (margin === 0 && label < rival) ? label : rival;
    const unit = this.#weighing?.within?.[row] ?? 1;
    this.#counts.add(bucket, winner, unit);
    const width = this.#widths[bucket];
    if (!(Math.abs(margin) < FARTHEST * width)) {
      this.#smooth.add(bucket, winner, unit);
      this.#shares?.push(winner, 1);
    } else {
      const share = 1 / (1 + Math.exp(-margin / width));
      this.#smooth.add(bucket, label, unit * share);
      this.#smooth.add(bucket, rival, unit * (1 - share));
      this.#shares?.push(label, share);
      this.#shares?.push(rival, 1 - share);
    }
    this.#shares?.endRow();
  }

  #spread(): number {
    const sorted = Array.from(this.#sizes, (size) => new Float32Array(size));
    const filled = new Int32Array(sorted.length);
    this.#bucketOf.forEach((bucket, row) => {
      sorted[bucket][filled[bucket]++] = this.#margins[row];
    });
    const spreads = sorted.filter(({ length }) => length > 1).map(spreadOf);
    return spreads.length === 0 ? 0 : spreads.reduce((sum, spread) => sum + spread, 0) / spreads.length;
  }

  #measure(shares: Shares, smooth: Counts, derivative: Float64Array): Float64Array {
    const { layout } = asMatrix(smooth, this.#sizes.length, this.#classes);
    const result = new Float64Array(derivative.length);
    const { starts, classOf, share } = shares;
    const weightOf = (row: number) => {
      const { ofBuckets, within } = this.#weighing ?? { ofBuckets: null };
      return (ofBuckets?.[this.#bucketOf[row]] ?? 1) * (within?.[row] ?? 1);
    };
    let total = this.#bucketOf.length;
    if (this.#weighing !== null) total = this.#bucketOf.reduce((sum, _bucket, row) => sum + weightOf(row), 0);
    for (let row = 0; row < this.#bucketOf.length; row++) {
      const bucket = this.#bucketOf[row];
      const scale = weightOf(row) / (total * this.#widths[bucket]);
      let expected = 0;
      for (let at = starts[row]; at < starts[row + 1]; at++)
        expected += derivative[layout.place(bucket, classOf[at])] * share[at];
      for (let at = starts[row]; at < starts[row + 1]; at++) {
        const place = layout.place(bucket, classOf[at]);
        result[place] += scale * share[at] * (derivative[place] - expected);
      }
    }
    return result;
  }
}

/** The range of the middle half in standard deviations, for a normal distribution. */
const MIDDLE_HALF = 1.349;

/** The smaller of the standard deviation and what the middle half says it is (Silverman, 1986, section 3.4.2). Reorders the values. */
function spreadOf(values: Float32Array): number {
  const { length } = values;
  let [sum, squares] = [0, 0];
  for (let at = 0; at < length; at++) {
    const distance = values[at] - values[0];
    sum += distance;
    squares += distance * distance;
  }
  const deviation = Math.sqrt(Math.max(squares / length - (sum / length) ** 2, 0));
  if (length < 8) return deviation;
  const upper = nthSmallest(values, Math.floor(0.75 * (length - 1)));
  const middle = (upper - nthSmallest(values, Math.ceil(0.25 * (length - 1)))) / MIDDLE_HALF;
  return middle > 0 ? Math.min(deviation, middle) : deviation;
}

/** What would stand at a place if the values were sorted (quickselect: Hoare, 1961). Reorders them. */
function nthSmallest(values: Float32Array, place: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let [left, right] = [low, high];
    while (left <= right) {
      while (values[left] < pivot) left++;
      while (values[right] > pivot) right--;
      if (left > right) break;
      const kept = values[left];
      values[left++] = values[right];
      values[right--] = kept;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else break;
  }
  return values[place];
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
