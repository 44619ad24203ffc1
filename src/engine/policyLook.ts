/** Looking at validation for one call: predictions and prototypes, in plain arrays where that is quicker than tensors. */
import { gainInFloat64, prototypeProducts } from "../selmix/gainInFloat64.ts";
import type { Head, LabelledRows } from "../selmix/problem.ts";
import { MIXING_MEAN } from "../selmix/sampler.ts";
import { type Measured, type MeasuredHead, measuredFrom } from "./measured.ts";
import type { Prepared } from "./prepare.ts";

export interface Look {
  /** Measures heads that differ at most in their bias, on validation and on test where there is one. */
  measure(heads: readonly Head[]): Promise<MeasuredHead[]>;
  /** G [B,B] of a head for A [B,K]. */
  gain(head: Head, derivative: Float64Array): Promise<ArrayLike<number>>;
}

/** Multiply-adds that plain arrays do in about a tenth of a second, which is what starting tensors takes. */
const quickly = 1e8;

export async function lookAt(prepared: Prepared): Promise<Look> {
  const { problem, test } = prepared;
  const rows = problem.validation.rows.count + (test?.rows.count ?? 0);
  const work = rows * problem.head.size * problem.classes + problem.buckets.length ** 2 * problem.head.size;
  return work <= quickly
    ? new LookInArrays(prepared)
    : (await import("./policyTensors.ts")).lookWithTensors(prepared);
}

class LookInArrays implements Look {
  readonly #prepared: Prepared;

  constructor(prepared: Prepared) {
    this.#prepared = prepared;
  }

  async measure(heads: readonly Head[]): Promise<MeasuredHead[]> {
    const { problem, test } = this.#prepared;
    const validation = this.#measureSet(problem.validation, heads);
    const onTest = test && this.#measureSet(test, heads);
    return validation.map((measured, at) => ({ validation: measured, test: onTest?.[at] ?? null }));
  }

  async gain(head: Head, derivative: Float64Array): Promise<ArrayLike<number>> {
    const { buckets, classes, validation } = this.#prepared.problem;
    const inputs = {
      ...{ classes, size: head.size, weight: head.weight, bias: head.bias },
      prototypes: this.#prototypes(validation),
      labels: buckets.map(({ label }) => label),
    };
    return gainInFloat64(inputs, prototypeProducts(inputs), derivative, MIXING_MEAN);
  }

  #measureSet(set: LabelledRows, heads: readonly Head[]): Measured[] {
    const { classes, size } = this.#prepared.problem.head;
    const [weights] = heads;
    if (!weights) return [];
    const predictions = heads.map(() => new Int32Array(set.rows.count));
    const logits = new Float64Array(classes);
    eachRow(set, (row, features) => {
      for (let k = 0; k < classes; k++) {
        let sum = 0;
        for (let i = 0; i < size; i++) sum += weights.weight[k * size + i] * features[i];
        logits[k] = sum;
      }
      heads.forEach(({ bias }, at) => {
        predictions[at][row] = winner(logits, bias);
      });
    });
    return predictions.map((each) => measuredFrom(this.#prepared, set, each));
  }

  /** Mean feature of each bucket, [B,d]. */
  #prototypes(set: LabelledRows): Float64Array {
    const { buckets, head } = this.#prepared.problem;
    const sums = new Float64Array(buckets.length * head.size);
    const counts = new Float64Array(buckets.length);
    eachRow(set, (row, features) => {
      const bucket = set.buckets[row];
      counts[bucket]++;
      for (let i = 0; i < head.size; i++) sums[bucket * head.size + i] += features[i];
    });
    return sums.map((sum, at) => sum / counts[Math.floor(at / head.size)]);
  }
}

function winner(logits: Float64Array, bias: Float32Array | null): number {
  let best = 0;
  let most = -Infinity;
  for (let k = 0; k < logits.length; k++) {
    const logit = logits[k] + (bias?.[k] ?? 0);
    if (logit > most) [best, most] = [k, logit];
  }
  return best;
}

function eachRow({ rows }: LabelledRows, visit: (row: number, features: Float32Array) => void): void {
  const features = new Float32Array(rows.size);
  for (let row = 0; row < rows.count; row++) {
    rows.read(row, 1, features, 0);
    visit(row, features);
  }
}
