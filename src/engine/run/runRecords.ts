/** A run's records, whoever trains: how it opens, its cycles, what it came to. */

import os from "node:os";
import { startOf } from "../../files/liveness.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import type { Project } from "../../project/load.ts";
import { checkpointName } from "../../project/paths.ts";
import type { NewCycle, RunWriter } from "../../project/runFolder.ts";
import {
  type BackendRecord,
  type ControlRecord,
  type CycleRecord,
  type ProbabilityRecord,
  type RunRecord,
  recordVersion,
  type StartRecord,
  type TuneResult,
} from "../../protocol/records.ts";
import { evaluate } from "../../selmix/confusion/evaluation.ts";
import { isMatrix } from "../../selmix/confusion/matrix.ts";
import { talliesFromCounts } from "../../selmix/confusion/tallies.ts";
import { audit } from "../../selmix/steering/audit.ts";
import type { CycleReport } from "../../selmix/training/course.ts";
import { allKept, verdictSentence } from "../../words/constraints.ts";
import { isGrouped } from "../../words/names.ts";
import { isAdvised } from "../../words/use.ts";
import { checkpointOf, headClassesOf, type MeasuredHead, splitEvaluationOf } from "../measure/measured.ts";
import type { Prepared } from "../problem/prepare.ts";
import { predictedSets } from "../verdict/against.ts";
import type { Settled } from "../verdict/settle.ts";
import { multiplierNamesOf } from "../verdict/verdicts.ts";
import { version } from "../version.ts";

/** `run.json` before anything has been read. @param pid a run whose process is gone counts as dead */
export function openingRecord(
  project: Project,
  checkpoint: string,
  { trigger, pid }: Pick<RunRecord, "trigger" | "pid">,
): RunRecord {
  const { path, configuration } = project;
  return {
    version: recordVersion,
    selmix: version,
    state: "running",
    pid,
    processStart: startOf(pid),
    host: os.hostname(),
    startedAt: new Date().toISOString(),
    endedAt: null,
    checkpoint,
    checkpointName: checkpointName(checkpoint, project),
    checkpointHash: "",
    configurationPath: path,
    configuration,
    objective: objectiveKey(configuration.objective),
    seed: configuration.tuning.seed,
    backend: null,
    classes: configuration.classes ?? [],
    buckets: [],
    trainCounts: [],
    headClasses: [],
    trigger,
    error: null,
  };
}

/** What the tables and the head say of the classes. */
export function classesOf(prepared: Prepared) {
  const { classes, groupNames, buckets, trainCounts, isHead } = prepared;
  return {
    classes: [...classes],
    ...(groupNames.length > 0 && { groups: [...groupNames] }),
    buckets: [...buckets],
    multipliers: multiplierNamesOf(prepared),
    trainCounts: [...trainCounts],
    headClasses: headClassesOf(isHead),
  };
}

/** A line of `history.jsonl`. @param seconds since the cycle before was recorded */
export function cycleOf({ problem, isHead }: Prepared, report: CycleReport, seconds: number): NewCycle {
  const tallies = talliesFromCounts(report.counts, problem.buckets, problem.classes);
  const { recall, coverage } = evaluate(tallies, isHead);
  return {
    cycle: report.cycle,
    step: report.step,
    steps: report.steps,
    objective: report.objective,
    recall,
    coverage,
    multipliers: multipliersOf(report),
    feasible: report.feasible,
    best: report.best,
    positiveGains: report.direction?.policy.positive ?? 0,
    predictedChange: report.predictedChange,
    measuredChange: report.measuredChange,
    learningRate: report.learningRate,
    seconds,
  };
}

/** The multipliers that a cycle is steered by. */
export function multipliersOf({ direction }: Pick<CycleReport, "direction">): CycleRecord["multipliers"] {
  return {
    objective: [...(direction?.steering.objectiveMultipliers ?? [])],
    constraints: [...(direction?.steering.constraintMultipliers ?? [])],
  };
}

/** G and P of a cycle; null in the last, which only measures, and where they are too large to be kept. */
export function matricesOf({ direction }: CycleReport) {
  if (direction === null) return null;
  const { gain, policy } = direction;
  if (isMatrix(gain) || isMatrix(policy.probabilities)) return null;
  return { gain, policy: policy.probabilities };
}

/** How a run came out. */
export interface Outcome {
  readonly tables?: TuneResult["tables"];
  /** The tuned copy; null where none was written. */
  readonly output: string | null;
  readonly backend: BackendRecord;
  readonly before: MeasuredHead;
  /** The verdict, with the head that it is about. */
  readonly settled: Settled;
  readonly start: StartRecord;
  readonly bestStep: number;
  readonly steps: number;
  readonly probabilities: ProbabilityRecord | null;
  /** The offsets by group beside the copy; null where there are none. */
  readonly groupTable: string | null;
  readonly history: readonly CycleRecord[];
  readonly controls: readonly ControlRecord[];
  /** What the user should know; the bounds that are missed come on top. */
  readonly warnings: readonly string[];
  readonly seconds: TuneResult["seconds"];
}

/**
 * Writes the counts behind a run's result, and logs how its bounds stand and what it comes to. Returns the result, which is
 * not written yet: controls may be added to it.
 */
export function resultOf(run: RunWriter, prepared: Prepared, outcome: Outcome): TuneResult {
  const { record, folder } = run;
  const { prior, minimumSupport } = prepared.project.configuration;
  const grouped = isGrouped(prepared.cells);
  const { output, backend, before, settled, start, bestStep, steps, history, controls } = outcome;
  const { measured: after, constraints, changes } = settled.decision.about;
  const { checkpoint, tuned } = settled.candidates;
  run.confusion({
    beforeValidation: before.validation.counts,
    afterValidation: after.validation.counts,
    ...(before.test && { beforeTest: before.test.counts }),
    ...(after.test && { afterTest: after.test.counts }),
  });
  // What is in use after the run: its head, or the checkpoint as it was.
  run.predictions(predictedSets(prepared, isAdvised(settled.record) ? after : before));
  for (const verdict of constraints) run.log(verdictSentence(verdict));
  run.log(settled.record.sentence);
  return {
    version: recordVersion,
    checkpoint: checkpointOf(prepared),
    ...(outcome.tables && { tables: outcome.tables }),
    output,
    verdict: settled.record,
    objective: record.objective,
    constraints: [...constraints],
    backend,
    ...{ classes: record.classes, buckets: [...prepared.cells] },
    ...{ trainCounts: record.trainCounts, headClasses: record.headClasses },
    before: splitEvaluationOf(before),
    after: splitEvaluationOf(after),
    beforeSatisfied: allKept(checkpoint.constraints),
    trained: tuned && {
      evaluation: splitEvaluationOf(tuned.measured),
      satisfied: allKept(tuned.constraints),
    },
    ...(outcome.groupTable !== null && { groupTable: outcome.groupTable }),
    ...(outcome.probabilities && { probabilities: outcome.probabilities }),
    ...(prior !== undefined && { prior }),
    ...(grouped && { minimumSupport }),
    changes,
    start,
    bestStep,
    steps,
    controls: [...controls],
    audit: audit(
      history.map(({ predictedChange }) => predictedChange),
      history.map(({ measuredChange }) => measuredChange),
    ),
    warnings: [...outcome.warnings],
    seconds: outcome.seconds,
    runFolder: folder,
  };
}
