/** What the method is given: rows of features with labels, buckets, and a head. No files, no processes. */

/**
 * Rows of features [count, size], decoded to float32 when read. May be backed by memory or by ranges of a file.
 * `read` is synchronous: a training step gathers a few rows, and a hop through the event loop would cost more than they do.
 */
export interface FeatureRows {
  readonly count: number;
  readonly size: number;
  /** Writes rows [start, start + count) as float32 into `target` from element `at`. */
  read(start: number, count: number, target: Float32Array, at: number): void;
  /** All rows, row-major, where they lie decoded in memory. */
  readonly values?: Float32Array;
  /** The same rows as float16 numbers of a file, for whoever decodes faster than `read` does. */
  readonly halves?: Halves;
}

/** Rows as a file holds them, in float16; each is checked as by `FeatureRows.read`. */
export interface Halves {
  /** Writes the bits of rows [start, start + count) into `target` from element `at`. */
  read(start: number, count: number, target: Uint16Array, at: number): void;
  /** What makes the features of them: (x - middle) * factor, column by column [d]; null where they are the features. */
  readonly linear: { readonly middle: Float32Array; readonly factor: Float32Array } | null;
}

/** A row of the confusion matrix: a class, or a class within a group. */
export interface Bucket {
  readonly label: number;
  readonly group: number | null;
  /** What a row of it counts for on average, in any unit, where rows count unlike; 1 when absent. See population.ts. */
  readonly weight?: number;
  /** Its rows, in units of those that a value about groups has to divide by to be judged; enough when absent. See support.ts. */
  readonly support?: number;
}

/** Features with a bucket index per row ([count], values in [0, B)). */
export interface LabelledRows {
  readonly rows: FeatureRows;
  readonly buckets: Int32Array;
  /** What each row counts for within its bucket, [N], where rows of a bucket count unlike. See population.ts. */
  readonly within?: Float64Array;
}

/** The last linear layer: logits = weight g + bias. `weight` is [K, d] row-major; `bias` is [K], or null when there is none. */
export interface Head {
  readonly classes: number;
  readonly size: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array | null;
  /** The length that every row keeps, of a cosine head: its scale. See sphere.ts. */
  readonly rowLength?: number;
}

export interface Problem {
  readonly classes: number;
  readonly buckets: readonly Bucket[];
  readonly head: Head;
  /** Its buckets are those of `trainBuckets`. */
  readonly train: LabelledRows;
  readonly validation: LabelledRows;
  /** How many of the last features are the one-hot of the group, where the classifier is told it. */
  readonly groupColumns?: number;
  /**
   * Buckets that train has and validation lacks, so that nothing can be measured of them. They are held: their rows are
   * trained on at least in proportion, whatever is steered.
   */
  readonly held?: readonly Bucket[];
  /** Unlabelled features for semi-supervised partners; pseudo-labelled by the current head each cycle. */
  readonly unlabeled?: FeatureRows;
}

/** What train's rows are counted by: the buckets that are steered, then those that are held. */
export function trainBuckets({ buckets, held = [] }: Problem): readonly Bucket[] {
  return [...buckets, ...held];
}

/** Rows shorter than this are copied faster number by number than through a view made for the copy. */
const SHORT_ROW = 512;

/** Features held in memory, row-major [count, size]. */
export function rowsInMemory(values: Float32Array, size: number): FeatureRows {
  return {
    count: values.length / size,
    size,
    values,
    read(start, count, target, at) {
      const from = start * size;
      const length = count * size;
      if (length > SHORT_ROW) target.set(values.subarray(from, from + length), at);
      else for (let i = 0; i < length; i++) target[at + i] = values[from + i];
    },
  };
}
