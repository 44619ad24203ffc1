/** What was measured on the real sets, a line of JSON each, so that a run can be stopped and gone on with. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { ConstraintId } from "../../src/metrics/catalogue.ts";

export const realObjectives = [
  "meanRecall",
  "minRecall",
  "gMean",
  "hMean",
  "minHeadTailRecall",
  "macroF1",
] as const;
export const kinds = ["parity", "opportunity", "odds"] as const;
export const bounds = [0.02, 0.05, 0.1] as const;

/** What is bounded between the groups. */
export const boundedOf: Readonly<
  Record<(typeof kinds)[number], { metric: ConstraintId; classes?: number[] }>
> = {
  parity: { metric: "coverageDifference" },
  opportunity: { metric: "recallDifference", classes: [1] },
  odds: { metric: "equalizedOddsDifference" },
};

const taskSchema = z.object({
  objective: z.enum(realObjectives),
  /** What is bounded between the groups; null for sets without groups. */
  kind: z.enum(kinds).nullable(),
  bound: z.number(),
});
const measurementSchema = taskSchema.extend({
  method: z.string(),
  set: z.string(),
  seed: z.number(),
  /** The objective on test. */
  value: z.number(),
  /** Mean recall over classes and groups on test. */
  overGroups: z.number().nullable(),
  /** The difference that was bounded, on test. */
  gap: z.number().nullable(),
});
export type RealTask = z.infer<typeof taskSchema>;
export type RealMeasurement = z.infer<typeof measurementSchema>;
type Cell = RealTask & Pick<RealMeasurement, "method" | "set" | "seed">;

export function isRealObjective(id: string): id is RealTask["objective"] {
  return realObjectives.some((objective) => objective === id);
}

export class RealMeasurements {
  readonly #file: string;
  readonly #byCell = new Map<string, RealMeasurement>();

  /** @param file is made when it is not there */
  constructor(file: string) {
    this.#file = file;
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, "utf8").split("\n")) {
      if (line === "") continue;
      const measurement = measurementSchema.parse(JSON.parse(line));
      this.#byCell.set(keyOf(measurement), measurement);
    }
  }

  get all(): RealMeasurement[] {
    return [...this.#byCell.values()];
  }

  has(cell: Cell): boolean {
    return this.#byCell.has(keyOf(cell));
  }

  add(measurement: RealMeasurement): void {
    this.#byCell.set(keyOf(measurement), measurement);
    appendFileSync(this.#file, `${JSON.stringify(measurement)}\n`);
  }

  /** Forgets those that are measured anew. */
  drop(unwanted: (cell: Cell) => boolean): void {
    for (const [key, measurement] of this.#byCell) if (unwanted(measurement)) this.#byCell.delete(key);
    writeFileSync(this.#file, this.all.map((measurement) => `${JSON.stringify(measurement)}\n`).join(""));
  }
}

function keyOf({ method, objective, kind, bound, set, seed }: Cell): string {
  return [method, objective, kind, bound, set, seed].join("/");
}
