/** What a course remembers between processes, as JSON. */
import * as z from "zod";
import { isMatrix, Layout } from "../../selmix/confusion/matrix.ts";
import type { MemoryState } from "../../selmix/steering/memory.ts";
import type { Best, Pending } from "../../selmix/training/course.ts";
import type { SelectionState } from "../../selmix/validation/selection.ts";
import { float32s, float64s, int32s, matrixOf, wholeOr } from "./arrays.ts";

const number = z.number();
const whole = z.int().nonnegative();
const flag = z.boolean();
const score = z.object({ value: number, violation: number });

const direction = z.object({
  steering: z.object({
    value: number,
    objectiveMultipliers: float64s,
    constraintMultipliers: float64s,
  }),
  gain: wholeOr(float32s, float32s),
  policy: z.object({
    probabilities: wholeOr(float64s, float64s),
    anyPartner: float64s.nullable().default(null),
    positive: whole,
  }),
  expectedGain: number,
});

const report = z.object({
  ...{ cycle: whole, step: whole, steps: whole, objective: number, feasible: flag, best: flag },
  ...{ counts: wholeOr(int32s, float64s), learningRate: number, predictedChange: number },
  direction: direction.nullable(),
});

/** A course that has looked; what it keeps of the best is kept elsewhere. */
interface BegunCourse {
  readonly cycle: number;
  readonly spread: number;
  readonly selection: SelectionState;
  readonly best: Omit<Best<unknown>, "kept">;
  readonly pending: Pending | null;
}

export const courseState: z.ZodType<BegunCourse> = z.object({
  cycle: whole,
  spread: number,
  selection: z.object({ best: score, threshold: score }),
  best: z.object({ score, step: whole }),
  pending: z.object({ report, value: number }).nullable(),
});

/** Averaging asks for the shape of A only where cells are left out. */
const averaged = z.codec(wholeOr(float64s, float64s), matrixOf<Float64Array>(), {
  decode: (numbers) =>
    isMatrix(numbers) ? numbers : { layout: Layout.whole(1, numbers.length), values: numbers },
  encode: (matrix) => (matrix.layout.kept === null ? matrix.values : matrix),
});

export const memoryState: z.ZodType<MemoryState> = z.object({
  averaged: averaged.nullable(),
  temperature: number.nullable(),
  duals: float64s.nullable(),
});
