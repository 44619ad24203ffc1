/** From measured candidates to the verdict that is recorded: what it costs, what it brings, and the line that says it. */

import { objectiveKey } from "../../metrics/composed.ts";
import type { BucketRecord, EvaluationRecord, VerdictRecord } from "../../protocol/records.ts";
import { className, groupName } from "../../words/names.ts";
import { changeIn, valueIn } from "../../words/sets.ts";
import { conclusion } from "../../words/verdict.ts";
import type { Prepared } from "../problem/prepare.ts";
import type { MeasuredCandidate } from "./candidates.ts";
import { type Candidates, type Decision, decide } from "./decision.ts";

export interface Settled<Head extends MeasuredCandidate = MeasuredCandidate> {
  readonly candidates: Candidates<Head>;
  readonly decision: Decision<Head>;
  readonly record: VerdictRecord;
}

/** Decides among the candidates, and says so. */
export function settle<Head extends MeasuredCandidate>(
  prepared: Prepared,
  candidates: Candidates<Head>,
): Settled<Head> {
  const decision = decide(candidates);
  const { checkpoint } = candidates;
  const { about, closest, set } = decision;
  const balance = (head: MeasuredCandidate) => balanceOf(prepared, checkpoint, head, set);
  const verdict = {
    decision: decision.decision,
    reason: decision.reason,
    baseline: about.baseline,
    ...(about.method && { method: about.method }),
    trained: candidates.tuned !== null,
    ...(candidates.baselines.length === 0 && { alone: true }),
    set,
    ...balance(about),
    closest: closest && {
      baseline: closest.baseline,
      ...balance(closest),
      constraints: [...closest.constraints],
    },
  };
  return { candidates, decision, record: { ...verdict, sentence: conclusion(verdict, about.constraints) } };
}

/** What a head brings and costs against the checkpoint. */
function balanceOf(
  prepared: Prepared,
  checkpoint: MeasuredCandidate,
  head: MeasuredCandidate,
  set: "validation" | "test",
) {
  const objective = objectiveKey(prepared.project.configuration.objective);
  const [before, after] = [checkpoint, head].map(
    ({ measured }) => (measured[set] ?? measured.validation).evaluation,
  );
  const change = changeIn(head.changes[set], objective)?.change;
  if (!before || !after || change === undefined) throw new Error(`${objective} is reported of every head`);
  return {
    gain: {
      metric: objective,
      before: valueIn(before, objective),
      after: valueIn(after, objective),
      change: change.value,
      low: change.low,
      high: change.high,
    },
    price: biggestLoss(prepared, before, after),
    accuracy: { before: valueIn(before, "accuracy"), after: valueIn(after, "accuracy") },
  };
}

/** The class, or class in a group, whose recall fell most; of cells in groups one with samples enough, where there is one. */
function biggestLoss(
  { cells, classes, groupNames, project }: Prepared,
  before: EvaluationRecord,
  after: EvaluationRecord,
): VerdictRecord["price"] {
  const losses = cells.flatMap((cell, at) => {
    const [was, is] = [before.recall[at] ?? null, after.recall[at] ?? null];
    if (was === null || is === null || is >= was) return [];
    const scarce = cell.group !== null && (after.support[at] ?? 0) < project.configuration.minimumSupport;
    return [{ cell, scarce, before: was, after: is, change: is - was }];
  });
  const judged = losses.some(({ scarce }) => !scarce) ? losses.filter(({ scarce }) => !scarce) : losses;
  const [most] = judged.sort((a, b) => a.change - b.change);
  if (most === undefined) return null;
  const { cell, scarce: _, ...change } = most;
  return { ...nameOf(cell, classes, groupNames), ...change };
}

function nameOf({ label, group }: BucketRecord, classes: readonly string[], groups: readonly string[]) {
  return {
    class: className(classes, label),
    group: group === null ? null : groupName(groups, group),
  };
}
