/** Looking at heads for one call: in plain arrays where that is quicker than starting tensors. */
import { prototypesOf } from "../selmix/featureStatistics.ts";
import { gainInFloat64, innerProducts, prototypeProducts } from "../selmix/gainInFloat64.ts";
import type { HeadViews } from "../selmix/logitAdjustment.ts";
import type { FeatureRows, Head, LabelledRows } from "../selmix/problem.ts";
import { MIXING_MEAN } from "../selmix/sampler.ts";
import type { Score } from "../selmix/score.ts";
import { smoothedScore } from "../selmix/selection.ts";
import { type Look, LookBuilder, Shares } from "../selmix/smoothing.ts";
import type { Goal } from "../selmix/steering.ts";
import type { CountedRows } from "./buckets.ts";
import { type Measured, type MeasuredHead, measuredFrom } from "./measured.ts";
import type { Prepared } from "./prepare.ts";

/** Sees the sets of a call. The heads of a call differ at most in their bias. */
export interface Viewer extends HeadViews {
  /** Predictions on validation, and on test where there is one. */
  measure(heads: readonly Head[]): Promise<MeasuredHead[]>;
  /** A look at validation, smoothed by the spread of an earlier one. */
  look(head: Head, spread: number): Promise<Look>;
  /** G [B,B] of a head for A [B,K]. */
  gain(head: Head, derivative: Float64Array): Promise<ArrayLike<number>>;
}

/** Multiply-adds that plain arrays do in about a tenth of a second, which is what starting tensors takes. */
const quickly = 1e8;

export async function viewerOf(prepared: Prepared): Promise<Viewer> {
  const { problem, test } = prepared;
  const rows = problem.validation.rows.count + (test?.rows.count ?? 0);
  const work = rows * problem.head.size * problem.classes + problem.buckets.length ** 2 * problem.head.size;
  return work <= quickly
    ? new ViewerInArrays(prepared)
    : (await import("./policyTensors.ts")).viewerWithTensors(prepared);
}

class ViewerInArrays implements Viewer {
  readonly #prepared: Prepared;
  /** W g(x) [N,K] of the sets seen so far, without the bias. */
  readonly #products = new Map<LabelledRows, Float64Array>();

  constructor(prepared: Prepared) {
    this.#prepared = prepared;
  }

  async measure(heads: readonly Head[]): Promise<MeasuredHead[]> {
    const { problem, test } = this.#prepared;
    return heads.map((head) => ({
      validation: this.#measured(problem.validation, head),
      test: test && this.#measured(test, head),
    }));
  }

  async look(head: Head, spread: number): Promise<Look> {
    const { problem } = this.#prepared;
    return this.#look(head, null, spread, new Shares(problem.validation.rows.count, problem.classes));
  }

  async spread(head: Head): Promise<number> {
    return this.#look(head, null, 0, null).spread;
  }

  async scoreShifted(
    head: Head,
    offsets: readonly Float32Array[],
    spread: number,
    goal: Goal,
  ): Promise<Score[]> {
    const { problem } = this.#prepared;
    return offsets.map((offset) => smoothedScore(this.#look(head, offset, spread, null), problem, goal));
  }

  async gain(head: Head, derivative: Float64Array): Promise<ArrayLike<number>> {
    const { buckets, classes, validation } = this.#prepared.problem;
    const inputs = {
      ...{ classes, size: head.size, weight: head.weight, bias: head.bias },
      prototypes: prototypesOf(validation.rows, validation.buckets, buckets.length),
      labels: buckets.map(({ label }) => label),
    };
    return gainInFloat64(inputs, prototypeProducts(inputs), derivative, MIXING_MEAN);
  }

  #look(head: Head, offset: Float32Array | null, spread: number, shares: Shares | null): Look {
    const { buckets, classes, validation } = this.#prepared.problem;
    const labels = Int32Array.from(buckets, ({ label }) => label);
    const builder = new LookBuilder(labels, classes, validation.buckets, spread, shares);
    builder.add(this.#productsOf(validation, head), 0, sum(head.bias, offset));
    return builder.finish();
  }

  #measured(set: CountedRows, head: Head): Measured {
    const { bias, classes } = head;
    const products = this.#productsOf(set, head);
    const predictions = new Int32Array(set.rows.count);
    const added = bias ?? new Float32Array(classes);
    for (let row = 0; row < predictions.length; row++) {
      let most = -Infinity;
      for (let k = 0; k < classes; k++) {
        const logit = products[row * classes + k] + added[k];
        if (logit <= most) continue;
        predictions[row] = k;
        most = logit;
      }
    }
    return measuredFrom(this.#prepared, set, predictions);
  }

  #productsOf(set: LabelledRows, { weight, size }: Head): Float64Array {
    const known = this.#products.get(set);
    if (known) return known;
    const products = innerProducts(allValues(set.rows), weight, size, 0);
    this.#products.set(set, products);
    return products;
  }
}

function sum(bias: Float32Array | null, offset: Float32Array | null): Float32Array | null {
  return bias === null || offset === null ? (bias ?? offset) : bias.map((value, k) => value + offset[k]);
}

/** All rows [N,d], without a copy where they lie in memory. */
function allValues(rows: FeatureRows): Float32Array {
  if (rows.values) return rows.values;
  const values = new Float32Array(rows.count * rows.size);
  rows.read(0, rows.count, values, 0);
  return values;
}
