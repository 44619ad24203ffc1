/** Rows as a file holds them in float16. */
import { halfTable, toHalf } from "../../src/files/float16.ts";
import type { FeatureRows, Halves } from "../../src/selmix/problem.ts";

/** Rows of `values`, rounded to float16; `linear` makes the features of them. */
export function halfRows(
  values: ArrayLike<number>,
  size: number,
  linear: Halves["linear"] = null,
): FeatureRows {
  const bits = Uint16Array.from(values, toHalf);
  const count = bits.length / size;
  const stored = (start: number, many: number) => bits.subarray(start * size, (start + many) * size);
  return {
    count,
    size,
    halves: { linear, read: (start, many, target, at) => target.set(stored(start, many), at) },
    read(start, many, target, at) {
      stored(start, many).forEach((half, i) => {
        const value = halfTable()[half];
        const column = i % size;
        target[at + i] = linear === null ? value : (value - linear.middle[column]) * linear.factor[column];
      });
    },
  };
}
