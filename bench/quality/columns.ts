/** What the table compares: SelMix, its training-free rivals, and the trained controls, each as a way to get a head. */

import type { Head, Problem } from "../../src/selmix/problem.ts";
import type { TuneSettings } from "../../src/selmix/steering/settings.ts";
import { type ControlId, runControl } from "../../src/selmix/training/controls.ts";
import { tune } from "../../src/selmix/training/tune.ts";
import { rivalsOf } from "./rivals.ts";

export interface Column {
  readonly id: string;
  readonly title: string;
  /** SelMix is held against the rivals; the controls are shown by how far they end from it. */
  readonly role: "before" | "rival" | "method" | "control";
  head(problem: Problem, settings: TuneSettings): Promise<Head>;
}

function control(id: ControlId, title: string): Column {
  return {
    id,
    title,
    role: "control",
    head: async (problem, settings) => (await runControl(id, problem, settings)).head,
  };
}

export const columns: readonly Column[] = [
  { id: "checkpoint", title: "checkpoint", role: "before", head: async (problem) => problem.head },
  {
    id: "logitAdjustment",
    title: "logit adjustment",
    role: "rival",
    head: async (problem, settings) => rivalsOf(problem, settings).logitAdjustment(),
  },
  {
    id: "tunedBias",
    title: "tuned bias",
    role: "rival",
    head: async (problem, settings) => rivalsOf(problem, settings).tunedBias(),
  },
  {
    id: "selmix",
    title: "SelMix",
    role: "method",
    head: async (problem, settings) => (await tune(problem, settings)).head,
  },
  control("policyMarginal", "without mixup"),
  control("classBalanced", "class-balanced"),
  control("uniformMixup", "uniform mixup"),
  control("trainOnValidation", "on validation"),
];

/** @throws RangeError for an unknown id */
export function columnById(id: string): Column {
  const column = columns.find((each) => each.id === id);
  if (column === undefined)
    throw new RangeError(
      `there is no column ${id}; choose from ${columns.map((each) => each.id).join(", ")}`,
    );
  return column;
}
