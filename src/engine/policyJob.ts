/**
 * One cycle's decision for a training loop that is not ours (`selmix policy`): features and head in; multipliers, gain
 * and policy out. Its memory between calls is a state file. Small problems touch no tensor library, because starting one
 * would take longer than the answer.
 */
import path from "node:path";
import { configurationSchema } from "../project/configuration.ts";
import { loadProject, type Project } from "../project/load.ts";
import type { BucketRecord, EvaluationRecord, ObjectiveId } from "../protocol/records.ts";
import { adjustedHead, TAUS } from "../selmix/adjustedHead.ts";
import { confusionFromCounts } from "../selmix/confusion.ts";
import { Memory } from "../selmix/memory.ts";
import { headByCounts } from "../selmix/objectives.ts";
import type { Head } from "../selmix/problem.ts";
import { isBetter, type Score, scoreCounts } from "../selmix/score.ts";
import { goalOf } from "../selmix/settings.ts";
import { type Goal, multipliersOf, type Steering, steer } from "../selmix/steering.ts";
import { JobError } from "./errors.ts";
import type { MeasuredHead } from "./measured.ts";
import { type Look, lookAt } from "./policyLook.ts";
import { type PolicyRecording, recordCycle } from "./policyRun.ts";
import { float64From, type PolicyState, readState, toBase64, writeState } from "./policyState.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { settingsOf } from "./settings.ts";

export interface PolicyRequest {
  /** Validation features under the network as it stands, with labels (and groups). */
  readonly steering: string;
  /** A checkpoint that holds the head as it stands. */
  readonly head: string;
  /** selmix.json, for the objective, constraints, names and head's tensors; without one, everything has its default. */
  readonly configurationPath?: string;
  readonly objective?: ObjectiveId;
  /** Memory between calls; made when missing. Without one, every call is a first call. */
  readonly state?: string;
  /** Training samples of each class: the prior for logit adjustment, head and tail, and which classes can be drawn. */
  readonly trainCounts?: readonly number[];
  /** Test features under the network as it stands: reported at the first and the last call, never used to decide. */
  readonly test?: string;
  /** Keeps a run folder beside selmix.json, which the panels follow. */
  readonly record?: PolicyRecording;
}

/** What `selmix policy --json` prints. Matrices are lists of rows, [B][B], in the order of `buckets`. */
export interface PolicyAnswer {
  readonly cycle: number;
  readonly objective: ObjectiveId;
  readonly value: number;
  readonly feasible: boolean;
  /** Whether no call before had a better head: keep this one. */
  readonly best: boolean;
  readonly validation: EvaluationRecord;
  readonly test: EvaluationRecord | null;
  readonly buckets: readonly BucketRecord[];
  readonly multipliers: { readonly objective: readonly number[]; readonly constraints: readonly number[] };
  readonly gain: readonly (readonly number[])[];
  readonly policy: readonly (readonly number[])[];
  readonly positiveGains: number;
  /** Change of the objective that the gain promises for one step at learning rate 1. */
  readonly expectedGain: number;
  /** At the first call, what to add to the head's bias: its best logit adjustment. The answer holds for that head. */
  readonly biasChange: readonly number[] | null;
  readonly runFolder: string | null;
}

/** What was seen and decided in one call. */
export interface Decision {
  readonly goal: Goal;
  /** The head that the decision is about. */
  readonly measured: MeasuredHead;
  /** The head as it came; the same but at a first call with logit adjustment. */
  readonly unadjusted: MeasuredHead;
  readonly tau: number;
  readonly score: Score;
  readonly best: boolean;
  readonly steering: Steering;
  readonly gain: Float32Array;
  readonly policy: Float64Array;
  readonly positive: number;
  readonly expectedGain: number;
  readonly memory: Memory;
}

/** Decides one cycle. Throws errors of one sentence. */
export async function policyJob(request: PolicyRequest): Promise<PolicyAnswer> {
  const project = projectOf(request);
  const state = readState(request.state, project.configuration.objective);
  const opened = await prepare(project, path.resolve(request.head));
  try {
    const prepared = withCounts(opened, request.trainCounts);
    const start = state.cycle === 0 ? await chooseStart(prepared, request) : null;
    const decision = await decide(prepared, state, start, request);
    const run = request.record ? await recordCycle(request.record, prepared, state, decision) : null;
    writeState(request.state, nextState(state, decision, run, request.record?.step ?? 0));
    return answer(prepared, state, decision, run?.folder ?? null);
  } finally {
    await opened.close();
  }
}

/** The tables of this call in the place of those that the configuration names. */
function projectOf(request: PolicyRequest): Project {
  const tables = {
    train: path.resolve(request.steering),
    validation: path.resolve(request.steering),
    ...(request.test && { test: path.resolve(request.test) }),
  };
  const project: Project = request.configurationPath
    ? loadProject(request.configurationPath, { allowOutside: true })
    : {
        path: "",
        folder: process.cwd(),
        workspace: process.cwd(),
        allowOutside: true,
        configuration: configurationSchema.parse({ checkpoints: ["*"], features: tables }),
      };
  const { objective, ...configuration } = project.configuration;
  return {
    ...project,
    configuration: { ...configuration, features: tables, objective: request.objective ?? objective },
  };
}

/** Head, tail and prior come from the training counts, not from validation. */
function withCounts(prepared: Prepared, counts: readonly number[] | undefined): Prepared {
  if (counts === undefined) return prepared;
  const { classes } = prepared.problem;
  if (counts.length !== classes) {
    throw new JobError(
      `There are ${counts.length} training counts for ${classes} classes; give one for each.`,
    );
  }
  const isHead = prepared.project.configuration.headClasses ? prepared.isHead : headByCounts(counts);
  return { ...prepared, trainCounts: counts, isHead };
}

interface Start {
  readonly head: Head;
  readonly tau: number;
  readonly measured: MeasuredHead;
  readonly unadjusted: MeasuredHead;
}

/** The head as it came or its logit adjustment, whichever is better on validation; ties go to the smaller change. */
async function chooseStart(prepared: Prepared, { trainCounts }: PolicyRequest): Promise<Start> {
  const { head } = prepared.problem;
  const wanted = prepared.project.configuration.tuning.start;
  const taus = trainCounts === undefined || head.bias === null || wanted === "checkpoint" ? [0] : TAUS;
  const heads = taus.map((tau) => adjustedHead(head, trainCounts ?? [], tau));
  const measured = await (await lookAt(prepared)).measure(heads);
  const goal = goalOf(settingsOf(prepared));
  let best = 0;
  const scores = measured.map((each) => scoreOf(prepared, goal, each));
  scores.forEach((score, at) => {
    if (isBetter(score, scores[best])) best = at;
  });
  return { head: heads[best], tau: taus[best], measured: measured[best], unadjusted: measured[0] };
}

async function decide(
  prepared: Prepared,
  state: PolicyState,
  start: Start | null,
  { trainCounts }: PolicyRequest,
): Promise<Decision> {
  const { problem } = prepared;
  const settings = settingsOf(prepared);
  const goal = goalOf(settings);
  const look: Look = await lookAt(prepared);
  const head = start?.head ?? problem.head;
  const measured = start?.measured ?? (await look.measure([head]))[0];
  const score = scoreOf(prepared, goal, measured);
  const confusion = confusionFromCounts(measured.validation.counts, problem.buckets, problem.classes);
  const steering = steer(confusion, goal, multipliersOf(confusion, goal));
  const memory = new Memory(settings.temperature, {
    averaged: state.averaged === null ? null : float64From(state.averaged),
    temperature: state.temperature,
  });
  const gain = Float32Array.from(await look.gain(head, memory.average(steering.derivative)));
  const drawn = problem.buckets.map(({ label }) => (trainCounts?.[label] ?? 1) > 0);
  const { policy, expectedGain } = memory.policy(gain, problem.buckets.length, {
    first: drawn,
    second: drawn,
  });
  return {
    ...{ goal, measured, score, steering, gain, expectedGain, memory },
    unadjusted: start?.unadjusted ?? measured,
    tau: start?.tau ?? state.tau,
    best: state.best === null || isBetter(score, state.best),
    policy: policy.probabilities,
    positive: policy.positive,
  };
}

function scoreOf({ problem }: Prepared, goal: Goal, { validation }: MeasuredHead): Score {
  return scoreCounts(validation.counts, problem.buckets, problem.classes, goal);
}

function nextState(
  state: PolicyState,
  decision: Decision,
  run: PolicyState["run"],
  step: number,
): PolicyState {
  const { averaged, temperature } = decision.memory.state;
  return {
    ...state,
    cycle: state.cycle + 1,
    averaged: averaged && toBase64(averaged),
    temperature,
    best: decision.best ? { ...decision.score, step } : state.best,
    tau: decision.tau,
    run,
  };
}

function answer(
  { problem, buckets, project, trainCounts }: Prepared,
  { cycle }: PolicyState,
  decision: Decision,
  runFolder: string | null,
): PolicyAnswer {
  const { measured, score, best, steering, gain, policy, positive, expectedGain, tau } = decision;
  const rows = (matrix: ArrayLike<number>) =>
    buckets.map((_, i) => Array.from(buckets, (_bucket, j) => matrix[i * buckets.length + j]));
  const zero = { ...problem.head, bias: new Float32Array(problem.classes) };
  return {
    cycle,
    objective: project.configuration.objective,
    value: score.value,
    feasible: score.violation === 0,
    best,
    validation: measured.validation.evaluation,
    test: measured.test?.evaluation ?? null,
    buckets,
    multipliers: {
      objective: [...steering.objectiveMultipliers],
      constraints: [...steering.constraintMultipliers],
    },
    gain: rows(gain),
    policy: rows(policy),
    positiveGains: positive,
    expectedGain,
    biasChange: cycle === 0 && tau > 0 ? [...(adjustedHead(zero, trainCounts, tau).bias ?? [])] : null,
    runFolder,
  };
}
