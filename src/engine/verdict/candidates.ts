/** The heads that a verdict chooses among, measured and judged. */

import type { TensorReplacement } from "../../checkpoints/checkpoint.ts";
import { betterWay } from "../../metrics/catalogue.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import type { AnswerMethod, ConstraintVerdict, TuneResult } from "../../protocol/records.ts";
import { talliesFromCounts } from "../../selmix/confusion/tallies.ts";
import type { Head } from "../../selmix/problem.ts";
import { leastPredictions } from "../../selmix/steering/score.ts";
import type { ControlId } from "../../selmix/training/controls.ts";
import { changeIn, improvement, valueIn } from "../../words/sets.ts";
import { changesOf, type MeasuredHead } from "../measure/measured.ts";
import type { Prepared } from "../problem/prepare.ts";
import type { Candidate } from "./decision.ts";
import { verdictsOf } from "./verdicts.ts";

/** A head with what was measured of it, and what it changes in the checkpoint. */
export interface MeasuredCandidate extends Candidate {
  /** The baseline that it is; null for the checkpoint and the trained head. */
  readonly baseline: ControlId | null;
  /** Who trained it; absent where nobody did. */
  readonly method?: AnswerMethod;
  readonly head: Head;
  readonly measured: MeasuredHead;
  readonly constraints: readonly ConstraintVerdict[];
  /** Against the checkpoint, of every metric. */
  readonly changes: TuneResult["changes"];
  readonly replacements: readonly TensorReplacement[];
}

export type UnjudgedHead = Pick<
  MeasuredCandidate,
  "baseline" | "method" | "head" | "measured" | "replacements"
>;

/** Judges a head against the checkpoint. */
export function candidateOf(
  prepared: Prepared,
  checkpoint: MeasuredHead,
  { measured, ...head }: UnjudgedHead,
): MeasuredCandidate {
  const objective = objectiveKey(prepared.project.configuration.objective);
  const changes = changesOf(prepared, checkpoint, measured);
  const changeOn = (set: "validation" | "test") => {
    const change = changeIn(changes[set], objective)?.change;
    return change ? improvement(objective, change) : null;
  };
  const validation = changeOn("validation");
  if (validation === null) throw new Error(`${objective} is reported of every head`);
  return {
    ...head,
    measured,
    givesUp: givesUp(prepared, checkpoint, measured),
    constraints: verdictsOf(prepared, measured),
    changes,
    value: betterWay(objective) * valueIn(measured.validation.evaluation, objective),
    change: { validation, test: prepared.testIsSeen ? null : changeOn("test") },
  };
}

/** Whether a head on validation all but stops predicting a class that the checkpoint predicts. */
function givesUp({ cells, problem: { classes } }: Prepared, checkpoint: MeasuredHead, head: MeasuredHead) {
  const tallies = ({ validation }: MeasuredHead) => talliesFromCounts(validation.counts, cells, classes);
  const least = leastPredictions(tallies(checkpoint));
  return tallies(head).predicted.some((count, k) => count < least[k]);
}
