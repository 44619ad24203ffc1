/** The heads that a verdict chooses among, measured and judged. */
import type { TensorReplacement } from "../checkpoints/checkpoint.ts";
import type { ConstraintVerdict, TuneResult } from "../protocol/records.ts";
import type { ControlId } from "../selmix/controls.ts";
import { changeIn, valueIn } from "../words/sets.ts";
import type { Candidate } from "./decision.ts";
import { changesOf, type MeasuredHead } from "./measured.ts";
import type { Prepared } from "./prepare.ts";
import { verdictsOf } from "./verdicts.ts";

/** A head with what was measured of it, and what it changes in the checkpoint. */
export interface MeasuredCandidate extends Candidate {
  /** The baseline that it is; null for the checkpoint and the trained head. */
  readonly baseline: ControlId | null;
  readonly measured: MeasuredHead;
  readonly constraints: readonly ConstraintVerdict[];
  /** Against the checkpoint, of every metric. */
  readonly changes: TuneResult["changes"];
  readonly replacements: readonly TensorReplacement[];
}

/** Judges a head against the checkpoint. */
export function candidateOf(
  prepared: Prepared,
  checkpoint: MeasuredHead,
  { measured, ...head }: Pick<MeasuredCandidate, "baseline" | "measured" | "replacements">,
): MeasuredCandidate {
  const { objective } = prepared.project.configuration;
  const changes = changesOf(prepared, checkpoint, measured);
  const changeOn = (set: "validation" | "test") => changeIn(changes[set], objective)?.change ?? null;
  const validation = changeOn("validation");
  if (validation === null) throw new Error(`${objective} is reported of every head`);
  return {
    ...head,
    measured,
    constraints: verdictsOf(prepared, measured),
    changes,
    value: valueIn(measured.validation.evaluation, objective),
    change: { validation, test: changeOn("test") },
  };
}
