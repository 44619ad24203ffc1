/** Keeps a run folder for a training loop that is not ours, so that the panels follow it like any other run. */
import os from "node:os";
import path from "node:path";
import { startOf } from "../files/liveness.ts";
import { reachOfProject } from "../project/paths.ts";
import { markEnded, readRun, readRunRecord } from "../project/readRuns.ts";
import { RunWriter } from "../project/runFolder.ts";
import type { BackendRecord, RunRecord } from "../protocol/records.ts";
import { audit } from "../selmix/audit.ts";
import type { LabelledRows } from "../selmix/problem.ts";
import { valueUnder } from "../selmix/steering.ts";
import { JobError } from "./errors.ts";
import { changesOf, headClassesOf, type MeasuredHead, measuredFrom, splitEvaluationOf } from "./measured.ts";
import type { Decision } from "./policyJob.ts";
import {
  float32From,
  int32From,
  type PolicyState,
  type RecordedRun,
  storedState,
  toBase64,
} from "./policyState.ts";
import type { Prepared } from "./prepare.ts";
import { verdictsOf } from "./verdicts.ts";
import { version } from "./version.ts";

/** How far the training loop is. */
export interface PolicyRecording {
  /** The checkpoint that training started from. */
  readonly checkpoint: string;
  /** Steps done when this call is made, and in all. */
  readonly step: number;
  readonly steps: number;
  /** Steps until the next call, and the head's learning rate in them. */
  readonly cycleSteps: number;
  readonly learningRate: number;
  /** The training process: a run whose process is gone counts as dead. */
  readonly pid: number;
  /** What computes, for people: "PyTorch 2.13 on cuda:0". */
  readonly device: string;
  /** The last call: the tuned file that was written, with tables and head of the network in it. */
  readonly output?: string;
}

/**
 * Writes the cycle before, now that its effect can be measured, and keeps this one for the next call; at the last call
 * writes the result. Returns what the state has to remember of the run.
 */
export async function recordCycle(
  recording: PolicyRecording,
  prepared: Prepared,
  state: PolicyState,
  decision: Decision,
): Promise<RecordedRun | null> {
  const { writer, run } = state.run
    ? resumed(state.run)
    : await begun(recording, prepared, decision.unadjusted);
  const now = Date.now();
  if (run.pending) writePending(writer, run.pending, measuredChange(prepared, run.pending, decision), now);
  const next: RecordedRun = {
    ...run,
    kept: writer.kept,
    pending: recording.output === undefined ? pendingOf(recording, state, decision, now) : null,
  };
  if (recording.output === undefined) writer.close();
  else finish(writer, recording, prepared, next, decision, recording.output);
  return next;
}

/** Ends the run of a training loop that stopped before its last call, as cancelled; one that has ended stays as it is. */
export function stopRun(stateFile: string): void {
  const run = storedState(stateFile)?.run;
  if (run) markEnded(run.folder, "cancelled", null);
}

function resumed(run: RecordedRun): { writer: RunWriter; run: RecordedRun } {
  const record = readRunRecord(run.folder);
  if (record?.state !== "running") {
    throw new JobError(
      `The run in ${run.folder} has ended or is gone; start afresh with another state file.`,
    );
  }
  return { writer: new RunWriter("", record, { resume: run }), run };
}

async function begun(
  { checkpoint, pid, device }: PolicyRecording,
  prepared: Prepared,
  before: MeasuredHead,
): Promise<{ writer: RunWriter; run: RecordedRun }> {
  const { project, classes, buckets, trainCounts, isHead } = prepared;
  const { configuration } = project;
  const startedAt = Date.now();
  // Only the first call needs it, and every call would wait for it.
  const { hashFile } = await import("../files/hash.ts");
  const record: RunRecord = {
    version: 1,
    selmix: version,
    state: "running",
    pid,
    processStart: startOf(pid),
    host: os.hostname(),
    startedAt: new Date(startedAt).toISOString(),
    endedAt: null,
    checkpoint: path.resolve(checkpoint),
    checkpointHash: await hashFile(checkpoint),
    configurationPath: project.path,
    configuration,
    objective: configuration.objective,
    seed: configuration.tuning.seed,
    backend: backendOf(device),
    classes: [...classes],
    buckets: [...buckets],
    trainCounts: [...trainCounts],
    headClasses: headClassesOf(isHead),
    trigger: "user",
    error: null,
  };
  const writer = new RunWriter(project.folder, record, { reach: reachOfProject(project) });
  writer.log(`fine-tuning the whole network from ${checkpoint} for ${configuration.objective}`);
  return {
    writer,
    run: {
      folder: writer.folder,
      startedAt,
      kept: writer.kept,
      pending: null,
      before: {
        validation: toBase64(before.validation.predictions),
        test: before.test && toBase64(before.test.predictions),
      },
    },
  };
}

/** The network is trained by another program; SelMix only steers it. */
function backendOf(device: string): BackendRecord {
  const [name = device, place = ""] = device.split(" on ");
  return { name, device: place, why: "the network is trained by your own script" };
}

function pendingOf(
  { step, steps, cycleSteps, learningRate }: PolicyRecording,
  { cycle }: PolicyState,
  { measured, score, best, steering, gain, policy, positive, expectedGain }: Decision,
  now: number,
): RecordedRun["pending"] {
  const { recall, coverage } = measured.validation.evaluation;
  return {
    cycle: {
      ...{ cycle, step, steps, recall, coverage, best, learningRate },
      objective: score.value,
      feasible: score.violation === 0,
      multipliers: {
        objective: [...steering.objectiveMultipliers],
        constraints: [...steering.constraintMultipliers],
      },
      positiveGains: positive,
      predictedChange: expectedGain * cycleSteps * learningRate,
      seconds: 0,
    },
    psi: steering.value,
    at: now,
    gain: toBase64(gain),
    policy: toBase64(Float32Array.from(policy)),
  };
}

type Pending = NonNullable<RecordedRun["pending"]>;

function writePending(writer: RunWriter, pending: Pending, change: number, now: number): void {
  const cycle = { ...pending.cycle, measuredChange: change, seconds: (now - pending.at) / 1000 };
  writer.cycle(cycle, { gain: float32From(pending.gain), policy: float32From(pending.policy) });
}

/** The change of psi under the multipliers that the cycle was steered by. */
function measuredChange({ problem }: Prepared, { cycle, psi }: Pending, { goal, look }: Decision): number {
  const steered = {
    objectiveMultipliers: Float64Array.from(cycle.multipliers.objective),
    constraintMultipliers: Float64Array.from(cycle.multipliers.constraints),
  };
  return valueUnder(steered, look, problem, goal) - psi;
}

/** What was: the network as it came; what is: the network in the tuned file. */
function finish(
  writer: RunWriter,
  recording: PolicyRecording,
  prepared: Prepared,
  run: RecordedRun,
  { measured: after, start }: Decision,
  output: string,
): void {
  const { problem, test, project } = prepared;
  const set = (rows: LabelledRows, text: string) => measuredFrom(prepared, rows, int32From(text));
  const before: MeasuredHead = {
    validation: set(problem.validation, run.before.validation),
    test: test && run.before.test !== null ? set(test, run.before.test) : null,
  };
  const history = readRun(writer.folder)?.history ?? [];
  const constraints = verdictsOf(prepared, after);
  const warnings = [
    ...prepared.warnings,
    ...constraints
      .filter(({ satisfied }) => !satisfied)
      .map(
        (each) =>
          `Not satisfied on validation: ${each.metric} ${each.kind} ${each.bound} is ${each.value.toFixed(4)}.`,
      ),
  ];
  const total = (Date.now() - run.startedAt) / 1000;
  const { record } = writer;
  writer.confusion({
    beforeValidation: before.validation.counts,
    afterValidation: after.validation.counts,
    ...(before.test && { beforeTest: before.test.counts }),
    ...(after.test && { afterTest: after.test.counts }),
  });
  writer.result({
    checkpoint: record.checkpoint,
    output: path.resolve(output),
    objective: record.objective,
    constraints,
    backend: backendOf(recording.device),
    ...{ classes: record.classes, buckets: record.buckets },
    ...{ trainCounts: record.trainCounts, headClasses: record.headClasses },
    before: splitEvaluationOf(before),
    after: splitEvaluationOf(after),
    changes: changesOf(prepared, before, after, project.configuration.tuning.seed),
    start,
    bestStep: history.findLast(({ best }) => best)?.step ?? recording.steps,
    steps: recording.steps,
    controls: [],
    audit: audit(
      history.map(({ predictedChange }) => predictedChange),
      history.map(({ measuredChange }) => measuredChange),
    ),
    warnings,
    seconds: { load: 0, tune: total, save: 0, total },
    runFolder: writer.folder,
  });
  writer.log(`done in ${total.toFixed(1)} s: ${output}`);
  writer.finish("done");
}
