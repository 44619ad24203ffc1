/**
 * One cycle's decision for a training loop that is not ours (`selmix policy`): features and head in; multipliers, gain
 * and policy out. Its memory between calls is a state file. Small problems touch no tensor library, because starting one
 * would take longer than the answer.
 */

import path from "node:path";
import type { ObjectiveId } from "../../metrics/catalogue.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import { configurationSchema } from "../../project/configuration.ts";
import { loadProject, type Project } from "../../project/load.ts";
import { isRelativeSetting } from "../../project/sameBound.ts";
import type { BucketRecord, EvaluationRecord } from "../../protocol/records.ts";
import { asMatrix, type Counts, valueAt } from "../../selmix/confusion/matrix.ts";
import { headByCounts } from "../../selmix/confusion/objectives.ts";
import { JobError } from "../errors.ts";
import { requireJudgedCells } from "../problem/judgeable.ts";
import { type Prepared, prepare } from "../problem/prepare.ts";
import { multipliersOf } from "../run/runRecords.ts";
import { type Decision, decide } from "./policyDecision.ts";
import { type PolicyRecording, recordCall } from "./policyRun.ts";
import { readState, writeState } from "./policyState.ts";

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
  /** `objectiveKey`. */
  readonly objective: string;
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

/** Without a recording nobody says how far training is. */
const unrecorded = { step: 0, steps: 0, cycleSteps: 0, learningRate: 0 };

/** Decides one cycle. Throws errors of one sentence. */
export async function policyJob(request: PolicyRequest): Promise<PolicyAnswer> {
  const { record, trainCounts } = request;
  const project = projectOf(request);
  const objective = objectiveKey(project.configuration.objective);
  const state = readState(request.state, objective);
  if (project.configuration.confidence !== undefined) {
    throw new JobError(
      `"confidence" in ${project.path} proves the bounds of a head that "selmix tune" tunes; remove it for a training loop of your own.`,
    );
  }
  if (project.configuration.constraints.some(isRelativeSetting)) {
    throw new JobError(
      `A constraint in ${project.path} is relative to the checkpoint, and each call of a training loop of your own brings another; bound it by a number.`,
    );
  }
  const opened = await prepare(project, path.resolve(request.head));
  try {
    const prepared = withCounts(opened, trainCounts);
    requireJudgedCells(prepared);
    const decision = await decide(prepared, state, trainCounts ?? null, record ?? unrecorded);
    const run = record ? await recordCall(record, prepared, state?.run ?? null, decision) : null;
    const { memory, start, course } = decision;
    // Of a cycle that is not recorded, nobody asks what came of it; the last call's has no end.
    const pending = record && record.output === undefined ? course.pending : null;
    const remembered = { version: 3, objective, course: { ...course, pending }, memory, start, run } as const;
    writeState(request.state, remembered);
    return answer(prepared, decision, run?.folder ?? null);
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

function answer(
  { problem, buckets, cells, project }: Prepared,
  { cycle, direction, measured, head }: Decision,
  runFolder: string | null,
): PolicyAnswer {
  const rows = (counts: Counts) => {
    const matrix = asMatrix(counts, buckets.length, buckets.length);
    return buckets.map((_, i) => Array.from(buckets, (_bucket, j) => valueAt(matrix, i, j)));
  };
  const came = problem.head.bias;
  return {
    cycle: cycle.cycle,
    objective: objectiveKey(project.configuration.objective),
    value: cycle.objective,
    feasible: cycle.feasible,
    best: cycle.best,
    validation: measured.validation.evaluation,
    test: measured.test?.evaluation ?? null,
    buckets,
    cells,
    multipliers: multipliersOf(cycle),
    gain: rows(direction.gain),
    policy: rows(direction.policy.probabilities),
    positiveGains: direction.policy.positive,
    expectedGain: direction.expectedGain,
    biasChange:
      head === problem.head || came === null
        ? null
        : Array.from(head.bias ?? came, (value, k) => value - came[k]),
    runFolder,
  };
}
