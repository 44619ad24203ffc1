/** What was measured, a line of JSON each, so that a run of hours can be stopped and gone on with. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { objectiveIds } from "../../src/metrics/catalogue.ts";

const cellSchema = z.object({
  column: z.string(),
  objective: z.enum(objectiveIds),
  /** Whether coverage was constrained. */
  constrained: z.boolean(),
  /** Validation samples a class. */
  size: z.number(),
  set: z.string(),
  seed: z.number(),
});
const measurementSchema = cellSchema.extend({
  /** The objective on test. */
  value: z.number(),
  minCoverage: z.number(),
});

export type Cell = z.infer<typeof cellSchema>;
export type Measurement = z.infer<typeof measurementSchema>;

export class Measurements {
  readonly #file: string;
  readonly #byCell = new Map<string, Measurement>();

  /** @param file is made when it is not there */
  constructor(file: string) {
    this.#file = file;
    mkdirSync(path.dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, "utf8").split("\n")) {
      if (line === "") continue;
      const measurement = measurementSchema.parse(JSON.parse(line));
      this.#byCell.set(keyOf(measurement), measurement);
    }
  }

  has(cell: Cell): boolean {
    return this.#byCell.has(keyOf(cell));
  }

  add(measurement: Measurement): void {
    this.#byCell.set(keyOf(measurement), measurement);
    appendFileSync(this.#file, `${JSON.stringify(measurement)}\n`);
  }

  /** Forgets those that are measured anew. */
  drop(unwanted: (cell: Cell) => boolean): void {
    for (const [key, measurement] of this.#byCell) if (unwanted(measurement)) this.#byCell.delete(key);
    const lines = [...this.#byCell.values()].map((measurement) => `${JSON.stringify(measurement)}\n`);
    writeFileSync(this.#file, lines.join(""));
  }

  /** All whose cell agrees with `part`. */
  of(part: Partial<Cell>): Measurement[] {
    const wanted = Object.entries(part);
    return [...this.#byCell.values()].filter((measurement) => {
      const entries = new Map<string, unknown>(Object.entries(measurement));
      return wanted.every(([key, value]) => entries.get(key) === value);
    });
  }
}

function keyOf({ column, objective, constrained, size, set, seed }: Cell): string {
  return [column, objective, constrained, size, set, seed].join("/");
}
