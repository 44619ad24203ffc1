import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/selmix/random.ts";
import { Shares, type ValidationPass, ValidationPassBuilder } from "../../src/selmix/steering/smoothing.ts";
import { whole } from "../support/whole.ts";

const classes = 3;
const labels = Int32Array.of(0, 1, 2);

function lookAt(
  logits: readonly number[],
  bucketOf: Int32Array,
  spread: number,
  offset?: Float32Array,
): ValidationPass {
  const builder = new ValidationPassBuilder(labels, classes, bucketOf, spread);
  // In two parts, as they come from a table that is streamed.
  const half = Math.floor(bucketOf.length / 2);
  builder.add(logits.slice(0, half * classes), 0, offset);
  builder.add(logits.slice(half * classes), half, offset);
  return builder.finish();
}

const samples = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 3, maxLength: 3 }),
    ),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((rows) => ({
    bucketOf: Int32Array.from(rows, ([bucket]) => bucket),
    logits: rows.flatMap(([, row]) => row),
  }));

const rowSum = (counts: ArrayLike<number>, bucket: number) =>
  Array.from({ length: classes }, (_unused, l) => counts[bucket * classes + l]).reduce(
    (sum, count) => sum + count,
    0,
  );

describe("a look", () => {
  test("keeps the samples of every bucket, whatever the smoothing", () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 50, noNaN: true }), ({ bucketOf, logits }, spread) => {
        const look = lookAt(logits, bucketOf, spread);
        for (const bucket of [0, 1, 2]) {
          const size = bucketOf.filter((one) => one === bucket).length;
          expect(rowSum(whole(look.counts), bucket)).toBe(size);
          expect(rowSum(whole(look.smooth), bucket)).toBeCloseTo(size, 6);
        }
      }),
    );
  });

  test("is the hard counts without a spread", () => {
    fc.assert(
      fc.property(samples, ({ bucketOf, logits }) => {
        const { counts, smooth } = lookAt(logits, bucketOf, 0);
        expect(whole(smooth)).toEqual(whole(counts));
      }),
    );
  });

  test("adds an offset to every row's logits", () => {
    fc.assert(
      fc.property(samples, ({ bucketOf, logits }) => {
        const offset = Float32Array.of(1.5, -2, 0.25);
        const shifted = logits.map((value, at) => value + offset[at % classes]);
        expect(lookAt(logits, bucketOf, 3, offset).smooth).toEqual(lookAt(shifted, bucketOf, 3).smooth);
      }),
    );
  });
});

test("a sample near the border counts for both sides, one far from it for one", () => {
  const bucketOf = Int32Array.of(0, 0);
  const near = whole(lookAt([1, 0.9, -50, 1, 0.9, -50], bucketOf, 1).smooth);
  expect(near[0]).toBeGreaterThan(1);
  expect(near[1]).toBeGreaterThan(0.8);
  const far = whole(lookAt([100, 0, 0, 100, 0, 0], bucketOf, 1).smooth);
  expect(far[0]).toBeCloseTo(2, 9);
});

test("the spread is that of the margins within buckets", () => {
  const bucketOf = Int32Array.of(0, 0, 1, 1);
  const look = lookAt([3, 1, 0, 5, 1, 0, 0, 2, 0, 0, 2, 1], bucketOf, 0);
  // Margins 2 and 4 in bucket 0, 2 and 1 in bucket 1.
  expect(look.spread).toBeCloseTo((1 + 0.5) / 2, 12);
});

test("the derivative is that of psi by a shift of a bucket's logits", () => {
  const bucketOf = Int32Array.of(0, 0, 0, 1, 1, 2, 2, 2);
  const random = new Random(4);
  const logits = Array.from({ length: bucketOf.length * classes }, () => 4 * random.uniform());
  const psi = (smooth: ArrayLike<number>) =>
    Array.from(smooth).reduce((sum, count, at) => sum + (count / 8) ** 2 * (at + 1), 0);
  const measured = (shifted: number[]) => psi(whole(lookAt(shifted, bucketOf, 2).smooth));
  const builder = new ValidationPassBuilder(
    labels,
    classes,
    bucketOf,
    2,
    new Shares(bucketOf.length, classes),
  );
  builder.add(logits, 0);
  const { smooth, derivative } = builder.finish();
  const slope = Float64Array.from(whole(smooth), (count, at) => 2 * (count / 8) * (at + 1));
  const result = derivative?.(slope) ?? new Float64Array(0);
  expect(result.length).toBe(9);
  for (let cell = 0; cell < 9; cell++) {
    const by = (step: number) =>
      logits.map((value, at) =>
        bucketOf[Math.floor(at / 3)] === Math.floor(cell / 3) && at % 3 === cell % 3 ? value + step : value,
      );
    const difference = (measured(by(1e-5)) - measured(by(-1e-5))) / 2e-5;
    expect(Math.abs(result[cell] - difference)).toBeLessThan(1e-6);
  }
  for (const bucket of [0, 1, 2]) expect(Math.abs(rowSum(result, bucket))).toBeLessThan(1e-7);
});
