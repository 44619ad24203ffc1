/** Heads measured on the sets of a problem: predictions, counts, and the records that are reported. */
import type { Evaluator } from "../selmix/evaluator.ts";
import type { Head } from "../selmix/problem.ts";
import type { CountedRows } from "./buckets.ts";
import { type Measured, type MeasuredHead, measuredFrom } from "./measured.ts";
import type { Prepared } from "./prepare.ts";

/** Measures heads on validation, and on test where there is one, each set read once. */
export async function measureHeads(
  prepared: Prepared,
  heads: readonly Head[],
  evaluator: Evaluator,
): Promise<MeasuredHead[]> {
  const validation = await measureSet(prepared, prepared.problem.validation, heads, evaluator);
  const test = prepared.test && (await measureSet(prepared, prepared.test, heads, evaluator));
  return validation.map((measured, at) => ({ validation: measured, test: test?.[at] ?? null }));
}

async function measureSet(
  prepared: Prepared,
  set: CountedRows,
  heads: readonly Head[],
  evaluator: Evaluator,
): Promise<Measured[]> {
  const features = evaluator.features(set.rows, prepared.problem.head);
  try {
    return (await features.predict(heads)).map((each) => measuredFrom(prepared, set, each));
  } finally {
    features.dispose();
  }
}
