/** What is asked in the paper's case: an objective, alone or with the coverage bounds of the paper, and the methods that are measured on it. */
import { z } from "zod";
import type { ObjectiveId } from "../../src/metrics/catalogue.ts";
import type { EvaluationRecord } from "../../src/protocol/records.ts";
import type { Constraint } from "../../src/selmix/confusion/constraints.ts";

export interface Task {
  readonly objective: ObjectiveId;
  /** Metrics that are to be at least 0.95 / K. */
  readonly bounded: readonly ("coverage" | "headCoverage" | "tailCoverage")[];
  /** The file that checkpoints.py wrote for them. */
  readonly configuration: "selmix.json" | "coverage.json" | "headTail.json";
}

const alone = { bounded: [], configuration: "selmix.json" } as const;
const covered = { bounded: ["coverage"], configuration: "coverage.json" } as const;
const halves = { bounded: ["headCoverage", "tailCoverage"], configuration: "headTail.json" } as const;

export const tasks: readonly Task[] = [
  { objective: "meanRecall", ...alone },
  { objective: "minRecall", ...alone },
  { objective: "hMean", ...alone },
  { objective: "minHeadTailRecall", ...alone },
  { objective: "meanRecall", ...covered },
  { objective: "hMean", ...covered },
  { objective: "minHeadTailRecall", ...halves },
];

export const nameOf = ({ objective, bounded }: Task) => [objective, ...bounded].join("+");

export function constraintsOf({ bounded }: Task, classes: number): Constraint[] {
  return bounded.map((metric) => ({ metric, atLeast: 0.95 / classes }));
}

/** The least of the values that are bounded; null where none is. */
export function leastBounded(
  { bounded }: Task,
  { coverage }: EvaluationRecord,
  isHead: readonly boolean[],
): number | null {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const valuesOf: Record<Task["bounded"][number], () => number> = {
    coverage: () => Math.min(...coverage),
    headCoverage: () => mean(coverage.filter((_share, k) => isHead[k])),
    tailCoverage: () => mean(coverage.filter((_share, k) => !isHead[k])),
  };
  return bounded.length === 0 ? null : Math.min(...bounded.map((metric) => valuesOf[metric]()));
}

export const methods = {
  checkpoint: "checkpoint",
  logitAdjustment: "logit adjustment",
  tunedBias: "tuned bias",
  crt: "cRT + offsets",
  balancedLr: "balanced LR + offsets",
  selmix: "SelMix, head",
  whole: "SelMix, whole",
} as const;
export type Method = keyof typeof methods;

export const measurement = z.object({
  set: z.string(),
  seed: z.number(),
  task: z.string(),
  method: z.enum(Object.keys(methods) as [Method, ...Method[]]),
  /** The objective on test. */
  value: z.number(),
  /** The least bounded value on test; null without bounds. */
  least: z.number().nullable(),
  /** Bounds are to be at least this. */
  classes: z.number(),
});
export type Measurement = z.infer<typeof measurement>;

export const keyOf = ({ set, seed, task, method }: Pick<Measurement, "set" | "seed" | "task" | "method">) =>
  [set, seed, task, method].join("/");
