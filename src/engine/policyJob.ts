/**
 * One cycle's decision for a training loop that is not ours (`selmix policy`): features and head in; multipliers, gain
 * and policy out. Its memory between calls is a state file. Small problems touch no tensor library, because starting one
 * would take longer than the answer.
 */
import path from "node:path";
import type { ObjectiveId } from "../metrics/catalogue.ts";
import { configurationSchema } from "../project/configuration.ts";
import { loadProject, type Project } from "../project/load.ts";
import type { BucketRecord, EvaluationRecord, StartRecord } from "../protocol/records.ts";
import { Memory } from "../selmix/memory.ts";
import { headByCounts } from "../selmix/objectives.ts";
import type { Head } from "../selmix/problem.ts";
import { type Score, scoreCounts } from "../selmix/score.ts";
import { type SelectionState, selected } from "../selmix/selection.ts";
import { goalOf } from "../selmix/settings.ts";
import type { Look } from "../selmix/smoothing.ts";
import { chooseStart } from "../selmix/start.ts";
import { type Goal, type Steering, steerByLook } from "../selmix/steering.ts";
import { JobError } from "./errors.ts";
import type { MeasuredHead } from "./measured.ts";
import { type PolicyRecording, recordCycle } from "./policyRun.ts";
import { float64From, type PolicyState, readState, toBase64, writeState } from "./policyState.ts";
import { viewerOf } from "./policyView.ts";
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
  /** The rows of the evaluations: classes within groups wherever the tables have groups. */
  readonly cells: readonly BucketRecord[];
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
  readonly head: Head;
  readonly start: StartRecord;
  readonly look: Look;
  /** By hard counts. */
  readonly score: Score;
  /** Whether it is the best so far, by smoothed counts. */
  readonly best: boolean;
  readonly steering: Steering;
  readonly gain: Float32Array;
  readonly policy: Float64Array;
  readonly positive: number;
  readonly expectedGain: number;
  readonly memory: Memory;
  readonly selection: SelectionState | null;
}

/** Decides one cycle. Throws errors of one sentence. */
export async function policyJob(request: PolicyRequest): Promise<PolicyAnswer> {
  const project = projectOf(request);
  const state = readState(request.state, project.configuration.objective);
  const opened = await prepare(project, path.resolve(request.head));
  try {
    const prepared = withCounts(opened, request.trainCounts);
    const decision = await decide(prepared, state, request);
    const run = request.record ? await recordCycle(request.record, prepared, state, decision) : null;
    writeState(request.state, nextState(state, decision, run));
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

/**
 * At the first call the start as `tune` chooses it; afterwards the head as it came. Either way as `tune` would decide:
 * steered and selected by smoothed counts.
 */
async function decide(
  prepared: Prepared,
  state: PolicyState,
  { trainCounts }: PolicyRequest,
): Promise<Decision> {
  const { problem } = prepared;
  const settings = settingsOf(prepared);
  const goal = goalOf(settings);
  const viewer = await viewerOf(prepared);
  const { head, start, spread } =
    state.start === null
      ? await chooseStart(problem, settings, viewer, trainCounts ?? null)
      : { head: problem.head, start: state.start, spread: state.spread };
  const [unadjusted, measured = unadjusted] = await viewer.measure(
    head === problem.head ? [head] : [problem.head, head],
  );
  const look = await viewer.look(head, spread);
  const steering = steerByLook(look, problem, goal);
  const selection = selected(look, state.selection, problem, goal);
  const memory = new Memory(settings.temperature, {
    averaged: state.averaged === null ? null : float64From(state.averaged),
    temperature: state.temperature,
  });
  const gain = Float32Array.from(await viewer.gain(head, memory.average(steering.derivative)));
  const drawn = problem.buckets.map(({ label }) => (trainCounts?.[label] ?? 1) > 0);
  const { policy, expectedGain } = memory.policy(gain, problem.buckets.length, {
    first: drawn,
    second: drawn,
  });
  return {
    ...{ goal, head, start, look, measured, unadjusted, steering, gain, expectedGain, memory },
    score: scoreCounts(look.counts, problem.buckets, problem.classes, goal),
    selection: selection ?? state.selection,
    best: selection !== null,
    policy: policy.probabilities,
    positive: policy.positive,
  };
}

function nextState(
  state: PolicyState,
  { memory, look, selection, start }: Decision,
  run: PolicyState["run"],
): PolicyState {
  const { averaged, temperature } = memory.state;
  return {
    ...state,
    cycle: state.cycle + 1,
    averaged: averaged && toBase64(averaged),
    temperature,
    spread: look.spread,
    selection,
    ...{ start, run },
  };
}

function answer(
  { problem, buckets, cells, project }: Prepared,
  { cycle }: PolicyState,
  decision: Decision,
  runFolder: string | null,
): PolicyAnswer {
  const { measured, score, best, steering, gain, policy, positive, expectedGain, head } = decision;
  const rows = (matrix: ArrayLike<number>) =>
    buckets.map((_, i) => Array.from(buckets, (_bucket, j) => matrix[i * buckets.length + j]));
  const came = problem.head.bias;
  return {
    cycle,
    objective: project.configuration.objective,
    value: score.value,
    feasible: score.violation === 0,
    best,
    validation: measured.validation.evaluation,
    test: measured.test?.evaluation ?? null,
    buckets,
    cells,
    multipliers: {
      objective: [...steering.objectiveMultipliers],
      constraints: [...steering.constraintMultipliers],
    },
    gain: rows(gain),
    policy: rows(policy),
    positiveGains: positive,
    expectedGain,
    biasChange:
      head === problem.head || came === null
        ? null
        : Array.from(head.bias ?? came, (value, k) => value - came[k]),
    runFolder,
  };
}
