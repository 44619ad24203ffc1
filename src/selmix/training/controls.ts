/**
 * Honest controls (docs/method.md, section 17.2): would a training-free fix have done, and is it the choice of pairs or just
 * resampling? Each starts from the same checkpoint and is chosen on the same validation set with the same budget.
 */
import type { ControlRecord } from "../../protocol/records.ts";
import { crossFittedOffsets, type FittedHead } from "../heads/crossFit.ts";
import { bestAdjustment, classCounts } from "../heads/logitAdjustment.ts";
import { tuneBias } from "../heads/tunedBias.ts";
import type { Problem } from "../problem.ts";
import { goalOf, type Strategy, type TuneSettings } from "../steering/settings.ts";
import { tensors } from "../tensors/tensors.ts";
import type { Compute } from "../validation/evaluator.ts";
import { Validation } from "../validation/validation.ts";
import { tune } from "./tune.ts";

export type ControlId = ControlRecord["id"];

export interface Control {
  readonly id: ControlId;
  readonly name: string;
  readonly description: string;
  readonly trainingFree: boolean;
}

export const controls: readonly Control[] = [
  {
    id: "logitAdjustment",
    name: "Logit adjustment",
    description: "Training-free: subtracts tau x log class frequency from the bias, tau tuned on validation.",
    trainingFree: true,
  },
  {
    id: "tunedBias",
    name: "Tuned bias",
    description: "Training-free: one offset per class, tuned on validation for this objective.",
    trainingFree: true,
  },
  {
    id: "classBalanced",
    name: "Class-balanced resampling",
    description: "Same steps on single samples, every class drawn equally often; no mixup, no gain.",
    trainingFree: false,
  },
  {
    id: "policyMarginal",
    name: "SelMix without mixup",
    description: "Same steps on single samples, classes drawn as often as SelMix draws them first.",
    trainingFree: false,
  },
  {
    id: "uniformMixup",
    name: "Uniform mixup",
    description: "Same steps on mixed pairs, all pairs drawn equally often.",
    trainingFree: false,
  },
  {
    id: "trainOnValidation",
    name: "Training on validation",
    description: "Same steps on the validation set itself, every class drawn equally often.",
    trainingFree: false,
  },
];

const strategies: Partial<Record<ControlId, Strategy>> = {
  classBalanced: "classBalanced",
  policyMarginal: "policyMarginal",
  uniformMixup: "uniformMixup",
  trainOnValidation: "trainOnValidation",
};

/** The head that a control ends with. `settings` are those of the tune it stands beside. */
export async function runControl(
  id: ControlId,
  problem: Problem,
  settings: TuneSettings,
  signal?: AbortSignal,
  compute: Compute = tensors,
): Promise<FittedHead> {
  const strategy = strategies[id];
  if (strategy !== undefined) {
    return tune(problem, { ...settings, strategy }, { signal }, compute);
  }
  const goal = goalOf(settings);
  const validation = new Validation(problem, compute);
  try {
    // The same choice of tau as SelMix's own start, so that what the start alone achieves is not credited to training.
    const { head } = await bestAdjustment(problem, validation, goal, classCounts(problem), signal);
    if (id !== "tunedBias") return { head, crossFit: null };
    const tuned = await tuneBias(problem, head, goal, compute, [], signal);
    signal?.throwIfAborted();
    const tuning = { base: head, goal, scores: [], bagged: false };
    const crossFit = () => crossFittedOffsets(problem, tuning, compute, settings.seed, signal);
    return { head: tuned.head, crossFit };
  } finally {
    validation.dispose();
  }
}
