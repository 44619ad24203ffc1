/** Rows that count for more or less than one: beside scikit-learn's sample_weight, and as if rows were repeated. */

import { describe, expect, it } from "vitest";
import type { ConstraintId } from "../../src/metrics/catalogue.ts";
import { measure } from "../../src/selmix/confusion/bounded.ts";
import {
  ConfusionSummary,
  confusionFromCounts,
  exactConfusion,
} from "../../src/selmix/confusion/confusion.ts";
import type { Counts } from "../../src/selmix/confusion/matrix.ts";
import { objectiveValue } from "../../src/selmix/confusion/objectives.ts";
import { rowWeights, unweighted, weighed, weightsForShares } from "../../src/selmix/confusion/population.ts";
import { talliesFromCounts, weighedPredictions } from "../../src/selmix/confusion/tallies.ts";
import { boundEstimate } from "../../src/selmix/estimates/boundEstimate.ts";
import { metricIntervals } from "../../src/selmix/estimates/metricChanges.ts";
import { inConditionedCoordinates } from "../../src/selmix/heads/conditioning.ts";
import { OffsetSearch } from "../../src/selmix/heads/offsets.ts";
import { type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { Yielder } from "../../src/selmix/schedule.ts";
import { scoreCounts } from "../../src/selmix/steering/score.ts";
import { defaultSettings, goalOf } from "../../src/selmix/steering/settings.ts";
import { Shares, ValidationPassBuilder } from "../../src/selmix/steering/smoothing.ts";
import { LogitTable } from "../../src/selmix/validation/logitTable.ts";
import population from "../fixtures/population.json" with { type: "json" };

describe.each(population.cases)("as scikit-learn and fairlearn: $title", (given) => {
  const { classes, groups } = given;
  const isHead = Array.from({ length: classes }, (_unused, k) => k === 0);
  const buckets = Array.from({ length: classes * groups }, (_unused, b) => ({
    label: Math.floor(b / groups),
    group: b % groups,
  }));
  const bucketOf = Int32Array.from(given.labels, (label, row) => label * groups + given.members[row]);
  const labels = Int32Array.from(given.labels);
  const predictions = Int32Array.from(given.predictions);
  const weights = given.shares ? weightsForShares(labels, given.shares) : rowWeights(given.weights);
  const set = { rows: rowsInMemory(new Float32Array(labels.length), 1), buckets: bucketOf };
  const counted = weighed(buckets, set, weights);

  /** What steering counts: buckets that weigh, and rows within them. */
  const steered = () => {
    const { within } = counted.rows;
    const builder = new ValidationPassBuilder(
      Int32Array.from(buckets, ({ label }) => label),
      classes,
      bucketOf,
      0,
      null,
      {
        ofBuckets: counted.buckets.map(({ weight = 1 }) => weight),
        ...(within && { within }),
      },
    );
    builder.add(
      Array.from(predictions).flatMap((k) =>
        Array.from({ length: classes }, (_unused, l) => (l === k ? 1 : 0)),
      ),
      0,
    );
    return builder.finish().counts;
  };
  const reported = weighedPredictions(predictions, bucketOf, buckets.length, classes, weights);
  const ways = [
    ["as reported", buckets, reported],
    ["as steered", counted.buckets, steered()],
  ] as const;

  it.each(ways)("values %s", (_way, rows, counts) => {
    const summary = () => new ConfusionSummary(exactConfusion(counts, rows, classes));
    const valuesOf = (metric: ConstraintId, label?: number) => [
      ...measure(metric, summary(), label === undefined ? {} : { classes: [label] }, { isHead }).values.value,
    ];
    // Weights within a bucket are rounded to 2^-20 where they steer.
    const digits = 5;
    expect(valuesOf("accuracy")[0]).toBeCloseTo(given.accuracy, digits);
    for (const metric of ["precision", "recall", "coverage"] as const)
      for (const [k, wanted] of given[metric].entries())
        expect(valuesOf(metric)[k], metric).toBeCloseTo(wanted, digits);
    expect(Math.max(...valuesOf("accuracyDifference"))).toBeCloseTo(given.accuracyDifference, digits);
    for (const [k, wanted] of given.positives.entries()) {
      for (const metric of ["coverageDifference", "recallDifference", "equalizedOddsDifference"] as const)
        expect(Math.max(...valuesOf(metric, k)), metric).toBeCloseTo(wanted[metric], digits);
      expect(Math.min(...valuesOf("coverageRatio", k))).toBeCloseTo(wanted.coverageRatio, digits);
    }
    const tallies = talliesFromCounts(counts, rows, classes);
    expect(objectiveValue(tallies, "macroF1", isHead)).toBeCloseTo(given.macroF1, digits);
  });

  it("values of estimates", () => {
    const rows = { buckets, classes, bucketOf, predictions, weights };
    for (const metric of ["precision", "recall", "coverage"] as const)
      for (const [k, wanted] of given[metric].entries()) {
        const estimate = boundEstimate({ metric, kind: "atLeast", classes: [k] }, rows, isHead);
        expect(estimate?.value, metric).toBeCloseTo(wanted, 10);
      }
    const found = metricIntervals(
      { buckets, classes, bucketOf, before: predictions, after: predictions, weights },
      isHead,
    );
    expect(found.accuracy?.after.value).toBeCloseTo(given.accuracy, 10);
    expect(found.macroF1?.after.value).toBeCloseTo(given.macroF1, 10);
    expect(found.minCoverage?.after.value).toBeCloseTo(Math.min(...given.coverage), 10);
  });
});

const plain = [0, 1, 2].map((label) => ({ label, group: null }));

/** A problem with logits for features, whose rows count as given. */
function weighedProblem(values: readonly number[], seed = 3): Problem {
  const random = new Random(seed);
  const buckets = Int32Array.from(values, (_value, row) => row % 3);
  const features = Float32Array.from({ length: 3 * values.length }, (_unused, at) => {
    const isOwn = at % 3 === buckets[Math.floor(at / 3)];
    return random.uniform() + (isOwn ? 0.3 : 0);
  });
  const rows = rowsInMemory(features, 3);
  const counted = weighed(plain, { rows, buckets }, rowWeights(values));
  return {
    classes: 3,
    buckets: counted.buckets,
    head: {
      classes: 3,
      size: 3,
      weight: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
      bias: new Float32Array(3),
    },
    train: { rows, buckets },
    validation: counted.rows,
  };
}

describe("rows that count unlike", () => {
  const goal = goalOf({ ...defaultSettings, objective: "macroF1", isHead: [true, true, false] });

  it("score as rows that are repeated, wherever offsets move them", async () => {
    const random = new Random(8);
    const times = Array.from({ length: 60 }, () => 1 + random.integer(4));
    const problem = weighedProblem(times);
    const { values = new Float32Array() } = problem.validation.rows;
    const search = new OffsetSearch(problem, goal, new LogitTable(values, 3));
    for (const reach of [0.5, 0.2]) await search.sweep(reach, new Yielder(undefined));
    search.add(1, 0, 0.05);
    const offsets = search.amounts[0];
    const counts = new Float64Array(9);
    times.forEach((count, row) => {
      const logits = [0, 1, 2].map((k) => values[3 * row + k] + offsets[k]);
      counts[(row % 3) * 3 + logits.indexOf(Math.max(...logits))] += count;
    });
    expect(search.score.value).toBeCloseTo(scoreCounts(counts, plain, 3, goal).value, 5);
    // What comes and goes leaves nothing behind.
    const before = Array.from(search.counts);
    search.add(0, 0, 0.7);
    search.add(0, 0, -0.7);
    expect(Array.from(search.counts)).toEqual(before);
  });

  it("have the derivative of psi by a shift of a bucket's logits", () => {
    const problem = weighedProblem([1, 2, 1, 3, 0.5, 1, 4, 1, 1, 2, 2, 0.2]);
    const { buckets, within } = problem.validation;
    const { values = new Float32Array() } = problem.validation.rows;
    const weighing = {
      ofBuckets: problem.buckets.map(({ weight = 1 }) => weight),
      ...(within && { within }),
    };
    const looked = (logits: ArrayLike<number>) => {
      const shares = new Shares(buckets.length, 3);
      const builder = new ValidationPassBuilder(Int32Array.of(0, 1, 2), 3, buckets, 2, shares, weighing);
      builder.add(logits, 0);
      return builder.finish();
    };
    const joint = (counts: Counts) => exactConfusion(counts, problem.buckets, 3).joint;
    const psi = (logits: ArrayLike<number>) =>
      joint(looked(logits).smooth).reduce((sum, share, at) => sum + share ** 2 * (at + 1), 0);
    const slope = joint(looked(values).smooth).map((share, at) => 2 * share * (at + 1));
    const result = looked(values).derivative?.(slope);
    for (let cell = 0; cell < 9; cell++) {
      const by = (step: number) =>
        Array.from(values, (value, at) =>
          buckets[Math.floor(at / 3)] === Math.floor(cell / 3) && at % 3 === cell % 3 ? value + step : value,
        );
      const difference = (psi(by(1e-4)) - psi(by(-1e-4))) / 2e-4;
      expect(result?.[cell]).toBeCloseTo(difference, 6);
    }
  });

  it("count so in conditioned coordinates too, where all training happens", () => {
    const problem = weighedProblem([1, 2, 1, 3, 0.5, 1, 4, 1, 1]);
    const { validation, buckets } = inConditionedCoordinates(problem).problem;
    expect(problem.validation.within).toBeDefined();
    expect(validation.within).toEqual(problem.validation.within);
    expect(buckets).toEqual(problem.buckets);
  });

  it("leave the recalls of classes as they are where they differ by class alone, and counts whole", () => {
    const labels = Int32Array.from({ length: 90 }, (_unused, row) => row % 3);
    const set = { rows: rowsInMemory(new Float32Array(90), 1), buckets: labels };
    const counted = weighed(plain, set, weightsForShares(labels, [0.9, 0.09, 0.01]));
    expect(counted.rows.within).toBeUndefined();
    const counts = [20, 5, 5, 3, 25, 2, 9, 1, 20];
    const weighty = exactConfusion(counts, counted.buckets, 3);
    expect([...weighty.pi].map((share) => Number(share.toFixed(12)))).toEqual([0.9, 0.09, 0.01]);
    expect([...weighty.rows]).toEqual([30, 30, 30]);
    const recallsOf = (rows: typeof plain) => [
      ...measure("recall", new ConfusionSummary(exactConfusion(counts, rows, 3)), {}, { isHead: [] }).values
        .value,
    ];
    recallsOf(counted.buckets).forEach((recall, k) => {
      expect(recall).toBeCloseTo(recallsOf(plain)[k], 12);
    });
    // What is clipped is half a row, whatever a row counts for.
    const never = confusionFromCounts([20, 5, 5, 3, 25, 2, 9, 21, 0], counted.buckets, 3);
    expect(never.joint[8] / never.pi[2]).toBeCloseTo(0.5 / 30.5, 12);
    expect(unweighted(counted.buckets)).toEqual(plain);
  });

  it("divide the shares of classes without rows among the others", () => {
    const { values } = weightsForShares(Int32Array.of(0, 0, 1), [0.2, 0.2, 0.6]);
    expect([...values].map((value) => Number(value.toFixed(12)))).toEqual([0.75, 0.75, 1.5]);
  });
});

describe("how sure it is", () => {
  const shares = [0.8, 0.15, 0.05];
  /** Rows drawn with the same size in each class, meant for a population with other shares: the truth is known. */
  const recalls = [0.9, 0.7, 0.5];
  const drawn = (random: Random, unevenly: boolean) => {
    const labels = Int32Array.from({ length: 120 }, (_unused, row) => row % 3);
    const predictions = labels.map((label) => {
      if (random.uniform() < recalls[label]) return label;
      return (label + 1 + random.integer(2)) % 3;
    });
    const after = predictions.map((predicted, row) => (random.uniform() < 0.1 ? labels[row] : predicted));
    const base = unevenly ? rowWeights(Array.from(labels, () => 0.2 + 2 * random.uniform())) : null;
    return { labels, predictions, after, weights: weightsForShares(labels, shares, base) };
  };
  const right = (k: number) => shares[k] * recalls[k];
  const rightAfter = (k: number) => shares[k] * (recalls[k] + 0.1 * (1 - recalls[k]));
  const sum = (of: (k: number) => number) => of(0) + of(1) + of(2);
  const predicted = (k: number) => right(k) + sum((j) => (j === k ? 0 : (shares[j] * (1 - recalls[j])) / 2));
  const truths: Record<string, number> = {
    accuracy: sum(right),
    "accuracy change": sum(rightAfter) - sum(right),
    macroF1: sum((k) => (2 * right(k)) / (shares[k] + predicted(k))) / 3,
    minCoverage: Math.min(predicted(0), predicted(1), predicted(2)),
    precision: right(2) / predicted(2),
    coverage: predicted(1),
  };

  it.each([false, true])("is covered in 95 of 100 draws (rows of a class count unlike: %s)", (unevenly) => {
    const random = new Random(12);
    const held: Record<string, number> = {};
    const draws = 300;
    for (let draw = 0; draw < draws; draw++) {
      const { labels, predictions, after, weights } = drawn(random, unevenly);
      const rows = { buckets: plain, classes: 3, bucketOf: labels, predictions, weights };
      const metrics = metricIntervals(
        { buckets: plain, classes: 3, bucketOf: labels, before: predictions, after, weights },
        [true, true, false],
      );
      const bound = (metric: ConstraintId, k: number) => {
        const estimate = boundEstimate({ metric, kind: "atLeast", classes: [k] }, rows, []);
        if (estimate === null) throw new Error("no estimate");
        return { low: estimate.low(0.025), high: estimate.high(0.025) };
      };
      const intervals: Record<string, { low: number; high: number } | undefined> = {
        accuracy: metrics.accuracy?.before,
        "accuracy change": metrics.accuracy?.change,
        macroF1: metrics.macroF1?.before,
        minCoverage: metrics.minCoverage?.before,
        precision: bound("precision", 2),
        coverage: bound("coverage", 1),
      };
      for (const [name, truth] of Object.entries(truths)) {
        const interval = intervals[name];
        if (interval === undefined) throw new Error(`no interval of ${name}`);
        if (interval.low <= truth && truth <= interval.high) held[name] = (held[name] ?? 0) + 1;
      }
    }
    // Standard error 1.3 %.
    for (const name of Object.keys(truths)) expect((held[name] ?? 0) / draws, name).toBeGreaterThan(0.92);
  });

  it("is that of a stratified sample: the class that counts most decides", () => {
    const { labels, predictions } = drawn(new Random(2), false);
    const given = { buckets: plain, classes: 3, bucketOf: labels, before: predictions, after: predictions };
    const seen = [0, 1, 2].map(
      (k) => labels.filter((label, row) => label === k && predictions[row] === k).length / 40,
    );
    const widths = [
      [0.8, 0.15, 0.05],
      [0.05, 0.15, 0.8],
    ].map((meant) => {
      const weights = weightsForShares(labels, meant);
      const interval = metricIntervals({ ...given, weights }, [true, true, false]).accuracy?.before;
      if (interval === undefined) throw new Error("no accuracy");
      const variance = meant.reduce((sum, share, k) => sum + (share ** 2 * seen[k] * (1 - seen[k])) / 40, 0);
      const wanted = 2 * 1.96 * Math.sqrt(variance);
      const width = interval.high - interval.low;
      expect(width / wanted).toBeGreaterThan(0.95);
      expect(width / wanted).toBeLessThan(1.35);
      return width;
    });
    expect(widths[1]).toBeGreaterThan(1.2 * widths[0]);
  });
});
