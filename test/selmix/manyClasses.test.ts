/** Hundreds of classes with few samples each: what can be judged, and the metric that can where the worst class cannot. */

import { describe, expect, it } from "vitest";
import { confusionFromCounts } from "../../src/selmix/confusion/confusion.ts";
import { headByCounts, objectiveValue, softmin } from "../../src/selmix/confusion/objectives.ts";
import { talliesFromCounts } from "../../src/selmix/confusion/tallies.ts";
import { wholeObjective } from "../../src/selmix/confusion/wholeObjective.ts";
import { doubtOf } from "../../src/selmix/estimates/doubtful.ts";
import { metricIntervals } from "../../src/selmix/estimates/metricChanges.ts";
import { OffsetSearch } from "../../src/selmix/heads/offsets.ts";
import { rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { Yielder } from "../../src/selmix/schedule.ts";
import { isBetter, scoreCounts } from "../../src/selmix/steering/score.ts";
import { defaultSettings, goalOf, SHARPNESS } from "../../src/selmix/steering/settings.ts";
import { multipliersOf } from "../../src/selmix/steering/steering.ts";
import { LogitTable } from "../../src/selmix/validation/logitTable.ts";

const buckets = (classes: number) =>
  Array.from({ length: classes }, (_unused, label) => ({ label, group: null }));

/** Counts [K,K] with the right rows given, the wrong ones going to the next class. */
function countsOf(right: readonly number[], rows: number): Float64Array {
  const classes = right.length;
  const counts = new Float64Array(classes * classes);
  right.forEach((count, k) => {
    counts[k * classes + k] = count;
    counts[k * classes + ((k + 1) % classes)] = rows - count;
  });
  return counts;
}

describe("the mean recall of the worst 5 % of classes", () => {
  const right = Array.from({ length: 60 }, (_unused, k) => (k * 7) % 60);
  const counts = countsOf(right, 60);

  it("is that of the three lowest of sixty, and of two classes that of the worse", () => {
    const tallies = talliesFromCounts(counts, buckets(60), 60);
    expect(objectiveValue(tallies, "worst5Recall", [])).toBeCloseTo((0 + 1 + 2) / 3 / 60, 12);
    const two = talliesFromCounts([8, 2, 5, 5], buckets(2), 2);
    expect(objectiveValue(two, "worst5Recall", [])).toBe(objectiveValue(two, "minRecall", []));
  });

  it("is steered by the lowest alike, none counting more than its share", () => {
    const goal = {
      objective: wholeObjective("worst5Recall"),
      constraints: [],
      context: { isHead: [] },
      sharpness: SHARPNESS,
    };
    const { objective } = multipliersOf(confusionFromCounts(counts, buckets(60), 60), goal);
    expect(objective.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(Math.max(...objective)).toBeLessThanOrEqual(1 / 3 + 1e-12);
    for (const [k, weight] of objective.entries()) {
      if (right[k] <= 1) expect(weight).toBeCloseTo(1 / 3, 2);
      if (right[k] > 10) expect(weight).toBeLessThan(1e-3);
    }
  });

  it("leaves the weights of a minimum as they are", () => {
    expect([...softmin([0.9, 0.2, 0.21], 1e6)]).toEqual([0, 1, 0]);
    expect([...softmin([0.1, 0.1, 0.1, 0.9], 100, 0.5)].map((weight) => Number(weight.toFixed(6)))).toEqual([
      0.333333, 0.333333, 0.333333, 0,
    ]);
    expect([...softmin([0.3, 0.1, 0.2], 1000, 1 / 3)].map((weight) => Number(weight.toFixed(9)))).toEqual([
      0.333333333, 0.333333333, 0.333333333,
    ]);
  });

  it("has an interval that holds the truth of many equal classes, narrower than that of the worst", () => {
    const random = new Random(4);
    let held = 0;
    const draws = 60;
    for (let draw = 0; draw < draws; draw++) {
      const bucketOf = Int32Array.from({ length: 100 * 10 }, (_unused, row) => row % 100);
      const predictions = bucketOf.map((label) => (random.uniform() < 0.7 ? label : (label + 1) % 100));
      const after = predictions.map((predicted, row) => (random.uniform() < 0.1 ? bucketOf[row] : predicted));
      const found = metricIntervals(
        { buckets: buckets(100), classes: 100, bucketOf, before: predictions, after },
        new Array(100).fill(true),
      );
      const { worst5Recall, minRecall } = found;
      if (worst5Recall === undefined || minRecall === undefined) throw new Error("not measured");
      const holds = ({ low, high }: { low: number; high: number }, truth: number) =>
        low <= truth && truth <= high;
      const all =
        holds(worst5Recall.before, 0.7) &&
        holds(worst5Recall.after, 0.73) &&
        holds(worst5Recall.change, 0.03);
      if (all) held++;
      const width = ({ low, high }: { low: number; high: number }) => high - low;
      expect(width(worst5Recall.before)).toBeLessThan(width(minRecall.before));
    }
    expect(held / draws).toBeGreaterThan(0.9);
  });
});

describe("whether an objective can be judged", () => {
  const alike = (classes: number, samples: number, recall: number) => ({
    recalls: new Array<number>(classes).fill(recall),
    samples: new Array<number>(classes).fill(samples),
    isHead: headByCounts(Array.from({ length: classes }, (_unused, k) => classes - k)),
  });

  it("not the worst of 1000 classes of ten samples, but the worst 5 % and the means", () => {
    const doubt = doubtOf("minRecall", alike(1000, 10, 0.8));
    expect(doubt?.byChance).toEqual({ kind: "lowest", value: expect.closeTo(0.3, 6) });
    expect(doubt?.instead).toEqual(["worst5Recall", "minHeadTailRecall", "meanRecall"]);
    // Where the classes are recognised half of the time, the worst 5 % come out by chance as well.
    expect(doubtOf("worst5Recall", alike(1000, 10, 0.5))?.instead).toEqual([
      "minHeadTailRecall",
      "meanRecall",
    ]);
  });

  it.each([
    [10, 10, 0.87],
    [10, 30, 0.7],
    [100, 100, 0.7],
    [1000, 200, 0.8],
  ])("the worst of %i classes of %i samples at %d", (classes, samples, recall) => {
    expect(doubtOf("minRecall", alike(classes, samples, recall))).toBeNull();
  });

  it("not a harmonic mean that is 0 by chance", () => {
    const spread = {
      ...alike(137, 10, 0),
      recalls: Array.from({ length: 137 }, (_unused, k) => (k % 11) / 10),
    };
    const doubt = doubtOf("hMean", spread);
    expect(doubt?.byChance.kind).toBe("zeros");
    expect(doubt?.byChance.value).toBeGreaterThan(1);
    expect(doubt?.instead).toContain("minHeadTailRecall");
    expect(doubtOf("hMean", alike(10, 10, 0.8))).toBeNull();
    for (const objective of ["meanRecall", "macroF1"] as const) expect(doubtOf(objective, spread)).toBeNull();
  });

  it("offers nothing that is the same: of few classes the worst 5 % are the worst", () => {
    const doubt = doubtOf("minRecall", alike(10, 5, 0.5));
    expect(doubt?.instead).not.toContain("worst5Recall");
  });
});

describe("offsets of many classes", () => {
  it("are scored by what their counts amount to, wherever rows move", async () => {
    const classes = 40;
    const random = new Random(6);
    const labels = Int32Array.from({ length: 400 }, (_unused, row) => row % classes);
    const logits = Float32Array.from(
      { length: labels.length * classes },
      (_unused, at) => random.uniform() + (at % classes === labels[Math.floor(at / classes)] ? 0.4 : 0),
    );
    const rows = { rows: rowsInMemory(logits, classes), buckets: labels };
    const weight = Float32Array.from({ length: classes * classes }, (_unused, at) =>
      at % (classes + 1) === 0 ? 1 : 0,
    );
    const head = { classes, size: classes, weight, bias: new Float32Array(classes) };
    const problem = { classes, buckets: buckets(classes), head, train: rows, validation: rows };
    for (const objective of ["meanRecall", "worst5Recall", "macroF1"] as const) {
      const settings = { ...defaultSettings, objective, isHead: headByCounts(new Array(classes).fill(1)) };
      const goal = { ...goalOf(settings), leastPredicted: new Array<number>(classes).fill(2) };
      const search = new OffsetSearch(problem, goal, new LogitTable(logits, classes));
      const start = search.score;
      for (const reach of [0.5, 0.2]) {
        await search.sweep(reach, new Yielder(undefined));
        expect(search.score).toEqual(scoreCounts(search.counts, problem.buckets, classes, goal));
      }
      expect(isBetter(search.score, start)).toBe(true);
      search.add(3, 0, 1);
      expect(search.score).toEqual(scoreCounts(search.counts, problem.buckets, classes, goal));
    }
  });
});
