/** A matrix that leaves zeros out is the same matrix: whatever is made of it comes to the same numbers, to the last bit. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constraintIds, objectiveIds } from "../../src/metrics/catalogue.ts";
import {
  type Confusion,
  ConfusionSummary,
  confusionFromCounts,
  exactConfusion,
  logitDerivative,
  multinomialVariance,
} from "../../src/selmix/confusion/confusion.ts";
import type { Constraint } from "../../src/selmix/confusion/constraints.ts";
import { asMatrix, isSparse, type Matrix, valueAt, wholeOf } from "../../src/selmix/confusion/matrix.ts";
import { matrixOf, stacked, weightedSum } from "../../src/selmix/confusion/matrixBuilder.ts";
import { sumsOf } from "../../src/selmix/confusion/sums.ts";
import { groupedTallies } from "../../src/selmix/confusion/talliedSummary.ts";
import { countPredictions, talliesFromCounts } from "../../src/selmix/confusion/tallies.ts";
import { wholeObjective } from "../../src/selmix/confusion/wholeObjective.ts";
import type { Bucket } from "../../src/selmix/problem.ts";
import { scoreCounts } from "../../src/selmix/steering/score.ts";
import { type Goal, multipliersOf, steer } from "../../src/selmix/steering/steering.ts";

const [classes, groups] = [5, 2];
const buckets: Bucket[] = Array.from({ length: classes * groups }, (_, b) => ({
  label: b % classes,
  group: Math.floor(b / classes),
  weight: 1 + (b % 3) / 4,
}));

/** Mostly zeros, some recalls of zero, no bucket without a row. */
const countsOf = fc
  .array(fc.integer({ min: -6, max: 9 }), {
    minLength: buckets.length * classes,
    maxLength: buckets.length * classes,
  })
  .map((numbers) => {
    const counts = Float64Array.from(numbers, (count) => Math.max(count, 0));
    for (const b of buckets.keys()) counts[b * classes + ((b + 1) % classes)] += 1;
    return counts;
  });

/** The same with the zeros left out, but for the cell of each bucket's label. */
function withoutZeros(counts: Float64Array): Matrix<Float64Array> {
  const cells = [...counts.keys()].filter(
    (at) => counts[at] !== 0 || at % classes === buckets[Math.floor(at / classes)].label,
  );
  return matrixOf(
    {
      rowOf: cells.map((at) => Math.floor(at / classes)),
      columnOf: cells.map((at) => at % classes),
      amounts: cells.map((at) => counts[at]),
    },
    buckets.length,
    classes,
  );
}

const whole = ({ layout }: Confusion, values: Float64Array) => wholeOf({ layout, values });

const cost = buckets
  .slice(0, classes)
  .map((_, k) => Array.from({ length: classes }, (_l, l) => (k - l) ** 2));

const constraints: Constraint[] = constraintIds
  .filter((metric) => !["accuracy", "logLoss"].includes(metric))
  .map((metric) => (metric.endsWith("Difference") ? { metric, atMost: 0.1 } : { metric, atLeast: 0.3 }));

function goalOf(objective: Goal["objective"]): Goal {
  return {
    objective,
    constraints,
    context: { isHead: [true, true, false, false, false] },
    sharpness: 100,
  };
}

describe("counts without their zeros", () => {
  test("come to the same C, tallies, score, A and variance", () => {
    const objectives = [...objectiveIds, { cost }] as const;
    fc.assert(
      fc.property(countsOf, fc.constantFrom(...objectives), (dense, setting) => {
        const sparse = withoutZeros(dense);
        expect(wholeOf(sparse)).toEqual(dense);
        const goal = goalOf(wholeObjective(setting));
        expect(scoreCounts(sparse, buckets, classes, goal)).toEqual(
          scoreCounts(dense, buckets, classes, goal),
        );
        const { counts: _given, ...tallies } = groupedTallies(sparse, buckets, classes);
        expect(tallies).toEqual((({ counts: _, ...rest }) => rest)(groupedTallies(dense, buckets, classes)));
        for (const make of [confusionFromCounts, exactConfusion]) {
          const [one, other] = [make(sparse, buckets, classes), make(dense, buckets, classes)];
          expect(whole(one, one.joint)).toEqual(other.joint);
          expect([one.pi, one.rows]).toEqual([other.pi, other.rows]);
        }
        const [one, other] = [sparse, dense].map((counts) => confusionFromCounts(counts, buckets, classes));
        const steered = [one, other].map((confusion) =>
          steer(confusion, goal, multipliersOf(confusion, goal)),
        );
        expect(steered[0].value).toBe(steered[1].value);
        // -0 where C is 0
        expect(wholeOf(steered[0].derivative)).toEqual(
          steered[1].derivative.values.map((value) => value + 0),
        );
        const slopes = [one, other].map((confusion) => {
          const summary = new ConfusionSummary(confusion);
          return summary.derivative(
            summary
              .columnSums(({ group }) => group === 1)
              .log()
              .sum(),
          );
        });
        expect(multinomialVariance(one, slopes[0])).toBe(multinomialVariance(other, slopes[1]));
        expect(whole(one, logitDerivative(one, slopes[0]))).toEqual(
          logitDerivative(other, slopes[1]).map((value) => value + 0),
        );
      }),
    );
  });

  test("are averaged and stacked as whole ones", () => {
    fc.assert(
      fc.property(countsOf, countsOf, (first, second) => {
        const sum = weightedSum(withoutZeros(first), 0.9, withoutZeros(second), 0.1);
        expect(wholeOf(sum)).toEqual(first.map((value, at) => 0.9 * value + 0.1 * second[at]));
        const both = stacked([withoutZeros(first), asMatrix(second, buckets.length, classes)]);
        expect(wholeOf(both)).toEqual(Float64Array.of(...first, ...second));
        expect(valueAt(both, buckets.length + 3, 2)).toBe(second[3 * classes + 2]);
      }),
    );
  });
});

test("a label whose cell is left out is no bucket to clip", () => {
  const counts = matrixOf({ rowOf: [0, 1], columnOf: [1, 1] }, 2, 2);
  const plain = [0, 1].map((label) => ({ label, group: null }));
  expect(() => confusionFromCounts(counts, plain, 2)).toThrow("no cell is kept for the label of bucket 0");
});

describe("of thousands of classes", () => {
  const many = 1500;
  const rows = Array.from({ length: 4000 }, (_, row) => ({
    bucket: (row * 7) % many,
    label: (row * 13) % many,
  }));

  test("counts and sums keep what was added, and only that", () => {
    expect(isSparse(many, many)).toBe(true);
    const counts = countPredictions(
      rows.map(({ label }) => label),
      rows.map(({ bucket }) => bucket),
      many,
      many,
    );
    const sums = sumsOf(many, many, rows.length, (cells) => new Float64Array(cells));
    for (const { bucket, label } of rows) sums.add(bucket, label, 1);
    const kept = asMatrix(sums.finish(), many, many);
    expect(kept.layout.size).toBeLessThanOrEqual(rows.length);
    expect(kept).toEqual(asMatrix(counts, many, many));
    const plain = Array.from({ length: many }, (_, label) => ({ label, group: null }));
    const { correct, predicted, support } = talliesFromCounts(counts, plain, many);
    for (const k of [0, 13, 700, 1499]) {
      expect(support[k]).toBe(rows.filter(({ bucket }) => bucket === k).length);
      expect(predicted[k]).toBe(rows.filter(({ label }) => label === k).length);
      expect(correct[k]).toBe(rows.filter(({ bucket, label }) => bucket === k && label === k).length);
    }
  });
});
