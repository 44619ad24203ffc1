/** Measures the checkpoint where bounds of a change are held against it. */
import { isRelative } from "../../selmix/confusion/constraints.ts";
import type { Evaluator } from "../../selmix/validation/evaluator.ts";
import type { Prepared } from "../problem/prepare.ts";
import { measureHeads } from "./measure.ts";

/** What was prepared, with what the checkpoint predicts where a bound asks for it. */
export async function withReference<P extends Prepared>(prepared: P, evaluator: Evaluator): Promise<P> {
  if (!prepared.constraints.some(isRelative)) return prepared;
  const [measured] = await measureHeads(prepared, [prepared.problem.head], evaluator);
  if (!measured) throw new Error("one head was measured");
  const { validation, test } = measured;
  return {
    ...prepared,
    reference: { validation: validation.predictions, test: test?.predictions ?? null },
  };
}
