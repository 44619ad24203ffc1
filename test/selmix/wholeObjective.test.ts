/** Weighted sums and costs: values by hand, the way that is better, and intervals that know how sure they are. */
import { describe, expect, it } from "vitest";
import { betterWay, metricName, shortName } from "../../src/metrics/catalogue.ts";
import { objectiveFileName, objectiveKey, weightedTerms } from "../../src/metrics/composed.ts";
import { ConfusionSummary, exactConfusion } from "../../src/selmix/confusion/confusion.ts";
import { evaluate } from "../../src/selmix/confusion/evaluation.ts";
import { rowWeights } from "../../src/selmix/confusion/population.ts";
import { talliesFromCounts } from "../../src/selmix/confusion/tallies.ts";
import {
  partMultipliers,
  psiOf,
  wholeObjective,
  wholeValue,
} from "../../src/selmix/confusion/wholeObjective.ts";
import { metricChanges, metricIntervals } from "../../src/selmix/estimates/metricChanges.ts";
import { Random } from "../../src/selmix/random.ts";
import { intervalOf } from "../../src/statistics/estimate.ts";

const buckets = [0, 1, 2].map((label) => ({ label, group: null }));
// 20 of each of the first two classes, 10 of the third.
const counts = [16, 3, 1, 5, 10, 5, 0, 4, 6];
const isHead = [true, true, false];
const cost = [
  [0, 1, 2],
  [4, 0, 1],
  [10, 3, 0],
];
const weighted = { minRecall: 0.7, accuracy: 0.3 };

describe("names", () => {
  it("are the same for the same sum in another order, and file names that any system takes", () => {
    const id = objectiveKey({ weighted });
    expect(id).toBe(objectiveKey({ weighted: { accuracy: 0.3, minRecall: 0.7 } }));
    expect(id).toBe("0.7minRecall+0.3accuracy");
    expect(metricName(id)).toBe("0.7 worst-class recall + 0.3 accuracy");
    expect(shortName(id)).toBe("weighted sum");
    expect(objectiveFileName(id)).toBe("weighted");
    expect(objectiveFileName(objectiveKey({ cost }))).toBe("cost");
    expect(objectiveFileName("minRecall")).toBe("minRecall");
  });

  it("spell every weight so that it can be read again", () => {
    for (const weight of [1, -0.5, 1e-7, 2.5e21, -1e-9]) {
      const id = objectiveKey({ weighted: { hMean: weight, worst5Recall: 1 } });
      expect(weightedTerms(id)).toHaveLength(2);
      expect(weightedTerms(id)).toContainEqual({ id: "hMean", weight });
    }
    expect(metricName(objectiveKey({ weighted: { hMean: -0.5, accuracy: 2 } }))).toBe(
      "2 accuracy \u2212 0.5 harmonic mean of recalls",
    );
  });

  it("tell matrices of costs apart, and are none of a metric", () => {
    expect(objectiveKey({ cost })).not.toBe(
      objectiveKey({
        cost: [
          [0, 1],
          [1, 0],
        ],
      }),
    );
    for (const id of ["minRecall", "worst5Recall", "unknownOne", ""]) expect(weightedTerms(id)).toBeNull();
  });
});

describe("values", () => {
  const tallies = talliesFromCounts(counts, buckets, 3);

  it("of a cost are its mean over the samples, the lower the better", () => {
    // 3*1 + 1*2 + 5*4 + 5*1 + 4*3 = 42 over 50 samples.
    const objective = wholeObjective({ cost });
    expect(objective.told(wholeValue(objective, tallies, isHead))).toBeCloseTo(42 / 50, 12);
    expect(evaluate(tallies, isHead, { cost }).own?.[objectiveKey({ cost })]).toBeCloseTo(0.84, 12);
    expect(betterWay(objectiveKey({ cost }))).toBe(-1);
  });

  it("of a cost are by the class shares meant", () => {
    // Rows of the third class count for four: 5/20, 25/20 and 12/10 at shares 20, 20 and 40 of 80.
    const heavy = buckets.map((bucket) => ({ ...bucket, weight: bucket.label === 2 ? 4 : 1 }));
    const objective = wholeObjective({ cost });
    const value = objective.told(wholeValue(objective, talliesFromCounts(counts, heavy, 3), isHead));
    expect(value).toBeCloseTo((0.25 * 20 + 1.25 * 20 + 1.2 * 40) / 80, 12);
  });

  it("of a weighted sum are that of its terms, also where one counts against", () => {
    // Recalls 0.8, 0.5 and 0.6; 32 of 50 are right.
    const told = evaluate(tallies, isHead, { weighted }).own?.[objectiveKey({ weighted })];
    expect(told).toBeCloseTo(0.7 * 0.5 + 0.3 * 0.64, 12);
    const against = { weighted: { meanRecall: 2, accuracy: -1 } };
    const value = evaluate(tallies, isHead, against).own?.[objectiveKey(against)];
    expect(value).toBeCloseTo((2 * 1.9) / 3 - 0.64, 12);
  });

  it("that steer are those that are counted", () => {
    for (const setting of [{ cost }, { weighted: { meanRecall: 2, accuracy: -1, macroF1: 0.5 } }] as const) {
      const objective = wholeObjective(setting);
      const summary = new ConfusionSummary(exactConfusion(counts, buckets, 3));
      const multipliers = partMultipliers(objective, summary, { isHead }, 100);
      const psi = psiOf(objective, summary, multipliers, { isHead }).scalar;
      expect(psi).toBeCloseTo(wholeValue(objective, tallies, isHead), 12);
    }
  });

  it("of a cost of 1 for every mistake are what accuracy lacks", () => {
    const plain = [0, 1, 2].map((i) => [0, 1, 2].map((j) => (i === j ? 0 : 1)));
    const value = evaluate(tallies, isHead, { cost: plain });
    expect(value.own?.[objectiveKey({ cost: plain })]).toBeCloseTo(1 - (value.accuracy ?? 0), 12);
  });
});

/** What a head takes samples of each class for, [3][3]. */
type Taken = readonly (readonly number[])[];
const checkpoint: Taken = [
  [0.85, 0.1, 0.05],
  [0.3, 0.5, 0.2],
  [0.2, 0.3, 0.5],
];
const tuned: Taken = [
  [0.75, 0.15, 0.1],
  [0.15, 0.7, 0.15],
  [0.1, 0.25, 0.65],
];
const classShares = [0.5, 0.3, 0.2];

function at(random: Random, shares: readonly number[]): number {
  const place = random.uniform();
  let sum = 0;
  for (const [l, share] of shares.entries()) {
    sum += share;
    if (place < sum) return l;
  }
  return 0;
}

/** Rows of a population whose truth is known; both heads agree on a row as often as they can. */
function drawn(random: Random, count: number) {
  const labels = Int32Array.from({ length: count }, () => at(random, classShares));
  const before = labels.map((label) => at(random, checkpoint[label] ?? []));
  const after = before.map((was, row) => {
    const [from, to] = [checkpoint[labels[row] ?? 0] ?? [], tuned[labels[row] ?? 0] ?? []];
    const kept = Math.min(1, (to[was] ?? 0) / (from[was] ?? 1));
    if (random.uniform() < kept) return was;
    const gains = to.map((share, l) => Math.max(0, share - (from[l] ?? 0)));
    const total = gains.reduce((sum, gain) => sum + gain, 0);
    return at(
      random,
      gains.map((gain) => gain / total),
    );
  });
  return { buckets, classes: 3, bucketOf: labels, before, after };
}

const meanCost = (taken: Taken) =>
  taken.reduce(
    (sum, row, i) =>
      sum + (classShares[i] ?? 0) * row.reduce((own, share, j) => own + share * (cost[i]?.[j] ?? 0), 0),
    0,
  );
const sumOf = (taken: Taken) => {
  const recalls = taken.map((row, i) => row[i] ?? 0);
  const accuracy = recalls.reduce((sum, recall, i) => sum + recall * (classShares[i] ?? 0), 0);
  return 0.7 * Math.min(...recalls) + 0.3 * accuracy;
};

describe("intervals of the change, on rows of which the truth is known", () => {
  it.each([
    { title: "a cost", objective: { cost }, truth: meanCost, least: 0.93, most: 0.975 },
    { title: "a weighted sum", objective: { weighted }, truth: sumOf, least: 0.95, most: 1 },
  ])("of $title hold it as often as they say", ({ objective, truth, least, most }) => {
    const random = new Random(7);
    const key = objectiveKey(objective);
    const aim = truth(tuned) - truth(checkpoint);
    let held = 0;
    const draws = 1500;
    for (let draw = 0; draw < draws; draw++) {
      const own = metricChanges(drawn(random, 250), isHead, objective)[key];
      if (!own) throw new Error("the objective is measured");
      const { low, high } = intervalOf(own.change);
      if (low <= aim && aim <= high) held++;
    }
    expect(held / draws).toBeGreaterThan(least);
    expect(held / draws).toBeLessThanOrEqual(most);
  });

  it("are recorded under the id of the objective, and nothing beside metrics where it is one", () => {
    const rows = drawn(new Random(1), 200);
    const own = metricIntervals(rows, isHead, { cost }).own;
    expect(Object.keys(own ?? {})).toEqual([objectiveKey({ cost })]);
    expect(metricIntervals(rows, isHead, "minRecall").own).toBeUndefined();
    const { before, after, change } = own?.[objectiveKey({ cost })] ?? {};
    expect(change?.value).toBeCloseTo((after?.value ?? 0) - (before?.value ?? 0), 12);
    expect(change?.low).toBeLessThan(change?.value ?? 0);
  });

  it("of a cost are those of so many rows where they count alike under another unit, and wider where not", () => {
    const rows = drawn(new Random(3), 300);
    const width = (weights: number[]) => {
      const found = metricIntervals({ ...rows, weights: rowWeights(weights) }, isHead, { cost });
      const { low = 0, high = 0 } = found.own?.[objectiveKey({ cost })]?.change ?? {};
      return high - low;
    };
    const alike = width(new Array<number>(300).fill(5));
    expect(width(Array.from({ length: 300 }, (_row, row) => (row % 2 === 0 ? 9 : 1)))).toBeGreaterThan(
      1.1 * alike,
    );
  });
});
