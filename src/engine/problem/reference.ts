/** The checkpoint as it is, which bounds of a change are held against. */
import { exactConfusion } from "../../selmix/confusion/confusion.ts";
import { type ValuesBefore, valuesBefore } from "../../selmix/confusion/constraints.ts";
import { countPredictions, countsOnValidation, weighedPredictions } from "../../selmix/confusion/tallies.ts";
import type { CountedRows } from "../tables/buckets.ts";
import type { Prepared } from "./prepare.ts";

/** What the checkpoint predicts for the rows of a set of a problem; null where no bound is of a change from it. */
export function referenceOn({ reference, test }: Prepared, set: CountedRows): Int32Array | null {
  if (reference === undefined) return null;
  return set === test ? reference.test : reference.validation;
}

/** The checkpoint's values of constraints on a set, as they are reported. */
export function reportedBefore(prepared: Prepared, set: CountedRows): { readonly before?: ValuesBefore } {
  const predictions = referenceOn(prepared, set);
  if (predictions === null) return {};
  const { classes } = prepared.problem;
  const { supported, cells, weights } = set;
  const counts = weights
    ? weighedPredictions(predictions, cells, supported.length, classes, weights)
    : countPredictions(predictions, cells, supported.length, classes);
  return { before: valuesBefore(exactConfusion(counts, supported, classes), prepared) };
}

/** The same on validation, as they are steered by. */
export function steeredBefore(prepared: Prepared): { readonly before?: ValuesBefore } {
  const { reference, problem } = prepared;
  if (reference === undefined) return {};
  const { buckets, classes } = problem;
  const counts = countsOnValidation(problem, reference.validation);
  return { before: valuesBefore(exactConfusion(counts, buckets, classes), prepared) };
}
