/** A cycle as the run folder keeps it. */
import type { NewCycle } from "../project/runFolder.ts";
import { evaluate } from "../selmix/evaluation.ts";
import { talliesFromCounts } from "../selmix/tallies.ts";
import type { CycleReport } from "../selmix/tune.ts";
import type { Prepared } from "./prepare.ts";

/** @param seconds since the cycle before was recorded */
export function cycleOf(prepared: Prepared, report: CycleReport, seconds: number): NewCycle {
  const { buckets, classes } = prepared.problem;
  const { recall, coverage } = evaluate(talliesFromCounts(report.counts, buckets, classes), prepared.isHead);
  const steering = report.direction?.steering;
  return {
    cycle: report.cycle,
    step: report.step,
    steps: report.steps,
    objective: report.objective,
    recall,
    coverage,
    multipliers: {
      objective: [...(steering?.objectiveMultipliers ?? [])],
      constraints: [...(steering?.constraintMultipliers ?? [])],
    },
    feasible: report.feasible,
    best: report.best,
    positiveGains: report.direction?.policy.positive ?? 0,
    predictedChange: report.predictedChange,
    measuredChange: report.measuredChange,
    learningRate: report.learningRate,
    seconds,
  };
}

/** G and P of a cycle; null in the last, which only measures. */
export function matricesOf({ direction }: CycleReport) {
  return direction && { gain: direction.gain, policy: direction.policy.probabilities };
}
