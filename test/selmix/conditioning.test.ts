import fc from "fast-check";
import { expect, test } from "vitest";
import {
  conditionedHead,
  conditionedRows,
  conditioningOf,
  inConditionedCoordinates,
  originalHead,
} from "../../src/selmix/heads/conditioning.ts";
import { type FeatureRows, type Head, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { innerProducts } from "../../src/selmix/steering/gainInFloat64.ts";
import { smallProblem } from "./blobs.ts";

/** The same rows without their values in memory, as those of a table that is read by ranges. */
function ranged({ count, size, read }: FeatureRows): FeatureRows {
  return { count, size, read };
}

function valuesOf(rows: FeatureRows): Float32Array {
  const values = new Float32Array(rows.count * rows.size);
  rows.read(0, rows.count, values, 0);
  return values;
}

function logitsOf(head: Head, rows: FeatureRows): Float64Array {
  const products = innerProducts(valuesOf(rows), head.weight, head.size, 0);
  return products.map((product, at) => product + (head.bias?.[at % head.classes] ?? 0));
}

/** Columns of very different size and place, the last of which never moves. */
function table(count: number, seed: number): FeatureRows {
  const random = new Random(seed);
  const scales = [1, 100, 0.01, 0];
  const values = Float32Array.from(
    { length: count * 4 },
    (_unused, at) => 5 * scales[at % 4] + scales[at % 4] * (2 * random.uniform() - 1),
  );
  return rowsInMemory(values, 4);
}

test("a head re-expressed gives the logits it gave, and comes back as it was", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), fc.boolean(), (seed, hasBias) => {
      const rows = table(50, seed);
      const random = new Random(seed, 1);
      const uniform = (length: number) => Float32Array.from({ length }, () => 2 * random.uniform() - 1);
      const head: Head = { classes: 3, size: 4, weight: uniform(12), bias: hasBias ? uniform(3) : null };
      const conditioning = conditioningOf(rows, hasBias);
      const inside = conditionedHead(head, conditioning);
      const expected = logitsOf(head, rows);
      logitsOf(inside, conditionedRows(rows, conditioning)).forEach((logit, at) => {
        expect(Math.abs(logit - expected[at])).toBeLessThan(2e-3);
      });
      const back = originalHead(inside, conditioning);
      back.weight.forEach((value, at) => {
        expect(value).toBeCloseTo(head.weight[at], 5);
      });
      expect(back.bias === null).toBe(!hasBias);
    }),
  );
});

test("columns have mean 0 and variance near 1, those that hardly move less, and none is blown up", () => {
  const rows = table(2000, 3);
  const values = valuesOf(conditionedRows(rows, conditioningOf(rows, true)));
  const column = (i: number) => Array.from({ length: 2000 }, (_unused, row) => values[row * 4 + i]);
  const mean = (all: number[]) => all.reduce((sum, value) => sum + value, 0) / all.length;
  for (const i of [0, 1, 2, 3]) expect(Math.abs(mean(column(i)))).toBeLessThan(1e-3);
  const variance = (i: number) => mean(column(i).map((value) => value ** 2));
  expect(variance(1)).toBeGreaterThan(0.9);
  for (const i of [0, 2, 3]) expect(variance(i)).toBeLessThanOrEqual(1);
});

test("a table that is streamed is conditioned as one in memory", () => {
  const rows = table(300, 5);
  const conditioning = conditioningOf(rows, true);
  expect(conditioningOf(ranged(rows), true)).toEqual(conditioning);
  expect(valuesOf(conditionedRows(ranged(rows), conditioning))).toEqual(
    valuesOf(conditionedRows(rows, conditioning)),
  );
});

test("a head that was not moved comes out as it went in, to the bit", () => {
  const problem = smallProblem();
  const { problem: conditioned, original } = inConditionedCoordinates(problem);
  expect(original(conditioned.head)).toBe(problem.head);
});
