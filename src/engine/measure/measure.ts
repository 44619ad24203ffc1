/** Heads measured on the sets of a problem: predictions, counts, and the records that are reported. */
import type { FittedHead } from "../../selmix/heads/crossFit.ts";
import type { Head } from "../../selmix/problem.ts";
import type { Evaluator } from "../../selmix/validation/evaluator.ts";
import type { Prepared } from "../problem/prepare.ts";
import { referenceOn } from "../problem/reference.ts";
import type { CountedRows } from "../tables/buckets.ts";
import { type Measured, type MeasuredHead, measuredFrom } from "./measured.ts";

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

/** Measures a head as `measureHeads` does, and on validation never by rows that it was fitted to. */
export async function measureFitted(
  prepared: Prepared,
  { head, crossFit }: FittedHead,
  evaluator: Evaluator,
): Promise<MeasuredHead> {
  const [measured] = await measureHeads(prepared, [head], evaluator);
  if (!measured) throw new Error("one head was measured");
  if (crossFit === null) return measured;
  return { ...measured, validation: measuredFrom(prepared, prepared.problem.validation, await crossFit()) };
}

async function measureSet(
  prepared: Prepared,
  set: CountedRows,
  heads: readonly Head[],
  evaluator: Evaluator,
): Promise<Measured[]> {
  const { head } = prepared.problem;
  const known = heads.every((one) => one === head) ? referenceOn(prepared, set) : null;
  // The very same predictions: that the checkpoint did not change from itself is no matter of chance.
  if (known !== null) return heads.map(() => measuredFrom(prepared, set, known));
  const features = evaluator.features(set.rows, head);
  try {
    return (await features.predict(heads)).map((each) => measuredFrom(prepared, set, each));
  } finally {
    features.dispose();
  }
}
