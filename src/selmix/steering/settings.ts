/** The settings of a tune and their defaults, each needing no tuning by the user (docs/method.md, section 8.1). */

import type { Objective } from "../../metrics/objective.ts";
import type { BoundContext, Constraint, ValuesBefore } from "../confusion/constraints.ts";
import { isLarge } from "../confusion/matrix.ts";
import { wholeObjective } from "../confusion/wholeObjective.ts";
import type { Problem } from "../problem.ts";
import type { MultiplierRule } from "./memory.ts";
import type { Goal } from "./steering.ts";

/** How samples are drawn: SelMix, or one of the controls that train (docs/method.md, section 17.2). */
export type Strategy = "selmix" | "classBalanced" | "policyMarginal" | "uniformMixup" | "trainOnValidation";

export interface TuneSettings {
  readonly objective: Objective;
  readonly constraints: readonly Constraint[];
  /** Head and tail classes for minHeadTailRecall and head/tail coverage. */
  readonly isHead: readonly boolean[];
  /** The checkpoint's values on validation, where some constraint is of a change. */
  readonly before?: ValuesBefore;
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  /** Steps between two looks at validation; by cost when null. */
  readonly cycle: number | null;
  /** In units of 1 / mean ||g(x)||^2. */
  readonly learningRate: number;
  /** In units of the largest gain of the first cycle. */
  readonly temperature: number;
  /** Start from the checkpoint, from its logit adjustment, or from the better of the two. */
  readonly start: "best" | "checkpoint" | "logitAdjusted";
  readonly strategy: Strategy;
  /** Whether bounds are to be kept with a margin that lets them hold on fresh samples, where there is room for one. */
  readonly margin: "auto" | 0;
  /** How multipliers follow the bounds: the augmented Lagrangian where absent. */
  readonly multipliers?: MultiplierRule;
  /** See Goal; set on the way. */
  readonly margins?: ArrayLike<number>;
  readonly leastPredicted?: ArrayLike<number>;
}

export const defaultSettings = {
  constraints: [],
  seed: 0,
  steps: 2000,
  batchSize: 64,
  cycle: null,
  learningRate: 2,
  temperature: 0.3,
  start: "best",
  strategy: "selmix",
  margin: "auto",
} as const;

/** eta of the softmin of min objectives. Not scaled with the samples: smoothing takes care of small sets (smoothing.ts). */
export const SHARPNESS = 100;

export function goalOf(settings: TuneSettings): Goal {
  const context: BoundContext = {
    isHead: settings.isHead,
    ...(settings.before && { before: settings.before }),
  };
  return {
    objective: wholeObjective(settings.objective),
    constraints: settings.constraints,
    context,
    sharpness: SHARPNESS,
    ...(settings.margins && { margins: settings.margins }),
    ...(settings.leastPredicted && { leastPredicted: settings.leastPredicted }),
  };
}

/** What launching the operations of a step costs, in multiply-adds of the same time. */
const STEP_OVERHEAD = 2e6;
const SHORTEST_CYCLE = 10;
/** A cycle's validation pass and gain should cost at most this share of its steps. */
const MEASURING_SHARE = 0.25;
const FEWEST_CYCLES = 40;
/** The same for thousands of classes, of which a look takes as long as hundreds of steps. */
const FEWEST_LARGE_CYCLES = 10;

/**
 * Steps a cycle (docs/method.md, eq. (26)): 10 where looking at validation is cheap, more where it is not. Counted in multiply-adds, not measured,
 * so that the same seed gives the same head on any machine.
 */
export function cycleLength(problem: Problem, settings: TuneSettings): number {
  if (settings.cycle !== null) return settings.cycle;
  const { classes, head, validation, buckets } = problem;
  const step = 2 * settings.batchSize * head.size * classes + STEP_OVERHEAD;
  const pass = validation.rows.count * head.size * classes;
  const gain = buckets.length * classes * head.size + 4 * buckets.length ** 2 * classes;
  const fewest = isLarge(buckets.length, classes) ? FEWEST_LARGE_CYCLES : FEWEST_CYCLES;
  const longest = Math.max(SHORTEST_CYCLE, Math.floor(settings.steps / fewest));
  return Math.min(longest, Math.max(SHORTEST_CYCLE, Math.ceil((pass + gain) / (MEASURING_SHARE * step))));
}
