/** Heads measured on the sets of a problem: predictions, counts, and the records that are reported. */
import { FeatureSet } from "../selmix/featureSet.ts";
import { columnsOf, headTensor } from "../selmix/headTensor.ts";
import type { Head } from "../selmix/problem.ts";
import type { CountedRows } from "./buckets.ts";
import { type Measured, type MeasuredHead, measuredFrom } from "./measured.ts";
import type { Prepared } from "./prepare.ts";

/** Measures heads on validation, and on test where there is one, each set read once. */
export async function measureHeads(prepared: Prepared, heads: readonly Head[]): Promise<MeasuredHead[]> {
  const validation = await measureSet(prepared, prepared.problem.validation, heads);
  const test = prepared.test && (await measureSet(prepared, prepared.test, heads));
  return validation.map((measured, at) => ({ validation: measured, test: test?.[at] ?? null }));
}

async function measureSet(prepared: Prepared, set: CountedRows, heads: readonly Head[]): Promise<Measured[]> {
  const { problem } = prepared;
  const features = new FeatureSet(set.rows, columnsOf(problem.head), problem.classes);
  const matrices = heads.map(headTensor);
  try {
    return (await features.predict(matrices)).map((each) => measuredFrom(prepared, set, each));
  } finally {
    for (const matrix of matrices) matrix.dispose();
    features.dispose();
  }
}
