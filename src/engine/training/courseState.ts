/** What a course remembers between processes, as JSON: arrays are base64 of their little-endian bytes. */
import * as z from "zod";
import type { MemoryState } from "../../selmix/steering/memory.ts";
import type { Best, Pending } from "../../selmix/training/course.ts";
import type { SelectionState } from "../../selmix/validation/selection.ts";

type Numbers = Float64Array | Float32Array | Int32Array;

/** Arrays of one type; decoded they are aligned copies. */
const arraysOf = <T extends Numbers>(Type: new (bytes: ArrayBuffer) => T) =>
  z.codec(
    z.base64(),
    z.custom<T>((value) => value instanceof Type),
    {
      decode: (text) => new Type(new Uint8Array(Buffer.from(text, "base64")).buffer),
      encode: ({ buffer, byteOffset, byteLength }) =>
        Buffer.from(buffer, byteOffset, byteLength).toString("base64"),
    },
  );
const float64s = arraysOf<Float64Array>(Float64Array);
const float32s = arraysOf<Float32Array>(Float32Array);
export const int32s = arraysOf<Int32Array>(Int32Array);

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
  gain: float32s,
  policy: z.object({ probabilities: float64s, positive: whole }),
  expectedGain: number,
});

const report = z.object({
  ...{ cycle: whole, step: whole, steps: whole, objective: number, feasible: flag, best: flag },
  ...{ counts: int32s, learningRate: number, predictedChange: number },
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

export const memoryState: z.ZodType<MemoryState> = z.object({
  averaged: float64s.nullable(),
  temperature: number.nullable(),
  duals: float64s.nullable(),
});
