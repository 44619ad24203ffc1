/** A batch of mixed samples in typed arrays, as it is uploaded: features X [n, d (+1)], targets [n,K], and X' where it is wanted. */
import type { FeatureRows } from "../problem.ts";

/** A row of some table, or of some set of samples. */
export interface DrawnRow<Rows = FeatureRows> {
  readonly rows: Rows;
  readonly row: number;
}

/** One sample of a batch: beta first + (1 - beta) second, trained towards `label`; a null second leaves the first as it is. */
export interface MixedSample<Rows = FeatureRows> {
  readonly first: DrawnRow<Rows>;
  readonly second: DrawnRow<Rows> | null;
  readonly beta: number;
  readonly label: number;
}

/** Floats in a cache line. */
const LINE = 16;

/** Writes the samples' one-hot labels [n,K], in place of what was there. */
export function fillTargets<Rows>(
  targets: Float32Array,
  samples: readonly MixedSample<Rows>[],
  classes: number,
): void {
  targets.fill(0);
  for (let row = 0; row < samples.length; row++) targets[row * classes + samples[row].label] = 1;
}

export class MixedBatch {
  /** X [n, width]: mixed features, a constant 1 after those of each row when there is a column for it, zeros to the width. */
  readonly features: Float32Array;
  /** One-hot labels [n,K]. */
  readonly targets: Float32Array;
  readonly #columns: number;
  readonly #width: number;
  readonly #classes: number;
  readonly #partner: Float32Array;

  /** @param columns see `columnsOf` in headTensor.ts */
  constructor(batchSize: number, columns: number, classes: number, width = columns) {
    this.#columns = columns;
    this.#width = width;
    this.#classes = classes;
    this.features = new Float32Array(batchSize * width);
    this.targets = new Float32Array(batchSize * classes);
    this.#partner = new Float32Array(columns);
  }

  mix(samples: readonly MixedSample[]): void {
    const width = this.#width;
    fillTargets(this.targets, samples, this.#classes);
    for (let row = 0; row < samples.length; row++) {
      const sample = samples[row];
      const { size } = sample.first.rows;
      this.#mixRow(sample, row * width);
      if (this.#columns > size) this.features[row * width + size] = 1;
    }
  }

  /**
   * X' [width, n] for the first `count` samples, one of the two factors scaled: X' itself, or X in its place.
   * Whole cache lines of X' are written at a time.
   */
  transpose(count: number, target: Float32Array, scale: number, scaled: "features" | "transposed"): void {
    const [features, width] = [this.features, this.#width];
    const factor = scaled === "transposed" ? scale : 1;
    for (let from = 0; from < count; from += LINE) {
      const to = Math.min(from + LINE, count);
      for (let i = 0; i < width; i++) {
        for (let row = from; row < to; row++) target[i * count + row] = factor * features[row * width + i];
      }
    }
    if (scaled === "features") for (let at = 0; at < count * width; at++) features[at] *= scale;
  }

  /** Rows that lie in memory are mixed from there; others are read first. */
  #mixRow({ first, second, beta }: MixedSample, at: number): void {
    const features = this.features;
    if (second === null) {
      first.rows.read(first.row, 1, features, at);
      return;
    }
    const { size } = first.rows;
    const [one, other] = [first.rows.values, second.rows.values];
    if (one !== undefined && other !== undefined) {
      const [from, to] = [first.row * size, second.row * size];
      for (let i = 0; i < size; i++) features[at + i] = beta * one[from + i] + (1 - beta) * other[to + i];
      return;
    }
    const partner = this.#partner;
    first.rows.read(first.row, 1, features, at);
    second.rows.read(second.row, 1, partner, 0);
    for (let i = 0; i < size; i++) features[at + i] = beta * features[at + i] + (1 - beta) * partner[i];
  }
}
