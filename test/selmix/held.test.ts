/** What validation lacks is drawn at least in proportion to its training rows. */
import { expect, it } from "vitest";
import { HeldRows } from "../../src/selmix/mixing/held.ts";
import { type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { rowsByBucket } from "../../src/selmix/rowsByBucket.ts";

/** Two steered classes, and as many held ones as counts are given. */
function problemWith(heldCounts: readonly number[]): Problem {
  const counts = [60, 20, ...heldCounts];
  const buckets = Int32Array.from(counts.flatMap((count, b) => new Array<number>(count).fill(b)));
  const rows = rowsInMemory(new Float32Array(buckets.length), 1);
  const classes = counts.map((_, label) => ({ label, group: null }));
  return {
    classes: counts.length,
    buckets: classes.slice(0, 2),
    held: classes.slice(2),
    head: { classes: counts.length, size: 1, weight: new Float32Array(counts.length), bias: null },
    train: { rows, buckets },
    validation: { rows, buckets },
  };
}

function drawn(heldCounts: readonly number[]): { share: number; labels: number[] } {
  const problem = problemWith(heldCounts);
  const held = HeldRows.of(problem, rowsByBucket(problem.train.buckets, problem.classes));
  if (held === null) throw new Error("something is held");
  const batch = problem.buckets.map(({ label }) => ({
    first: { rows: problem.train.rows, row: 0 },
    second: null,
    beta: 1,
    label,
  }));
  const random = new Random(1);
  const labels = Array.from({ length: 5000 }, () => held.among(batch, random))
    .flat()
    .map(({ label }) => label);
  return { share: held.share, labels };
}

it("is nothing where validation has all", () => {
  expect(HeldRows.of({ ...problemWith([]), held: undefined }, [])).toBeNull();
});

it("draws a frequent class as often as train has it, and a rare one as often as a class is on average", () => {
  const { labels, share } = drawn([100, 20]);
  expect(share).toBeCloseTo(100 / 200 + 1 / 4, 12);
  const of = (label: number) => labels.filter((one) => one === label).length / labels.length;
  // Of 10,000 draws a share has a standard error of at most half a point.
  expect(Math.abs(of(2) - 0.5)).toBeLessThan(0.02);
  expect(Math.abs(of(3) - 0.25)).toBeLessThan(0.02);
  expect(of(0)).toBeGreaterThan(0.1);
});

it("leaves a quarter to what is steered", () => {
  expect(drawn([900, 100]).share).toBe(0.75);
});

it("draws nothing of a held class without training rows", () => {
  expect(drawn([20, 0]).labels).not.toContain(3);
});
