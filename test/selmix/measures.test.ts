/** Every value that can be bounded: worked out by hand, and beside fairlearn's own numbers. */
import { describe, expect, it } from "vitest";
import { type ConstraintId, constraintIds } from "../../src/metrics/catalogue.ts";
import { measure } from "../../src/selmix/confusion/bounded.ts";
import { ConfusionSummary, exactConfusion } from "../../src/selmix/confusion/confusion.ts";
import type { Measures } from "../../src/selmix/confusion/shares.ts";
import { countPredictions } from "../../src/selmix/confusion/tallies.ts";
import type { Bucket } from "../../src/selmix/problem.ts";
import fairness from "../fixtures/fairness.json" with { type: "json" };

const isHead = [true, true, false];

/** Each value under what it is about: "recall 2", "recallDifference 0 1:0". */
function told({ subjects, values, divisors }: Measures): Record<string, number> {
  return Object.fromEntries(
    subjects.map(({ metric, classes, groups }, at) => [
      [metric, ...classes, groups.join(":")].filter((part) => part !== "").join(" "),
      divisors[at] > 0 ? values.value[at] : Number.NaN,
    ]),
  );
}

function expectValues(found: Record<string, number>, wanted: Record<string, number>): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, value] of Object.entries(wanted)) {
    if (Number.isNaN(value)) expect(found[name], name).toBeNaN();
    else expect(found[name], name).toBeCloseTo(value, 12);
  }
}

const inGroups = (groups: readonly number[], classes: readonly number[]): Bucket[] =>
  classes.flatMap((label) => groups.map((group) => ({ label, group })));

/**
 * Three classes in two groups; a row of counts for each class in each group. Group 0 has 30 samples, group 1 has 20:
 *
 *                 predicted 0   1   2
 *     0 in 0               8    1   1
 *     0 in 1               3    1   1
 *     1 in 0               2    6   2
 *     1 in 1               0    9   1
 *     2 in 0               5    1   4
 *     2 in 1               0    4   1
 */
const buckets = inGroups([0, 1], [0, 1, 2]);
const counts = [8, 1, 1, 3, 1, 1, 2, 6, 2, 0, 9, 1, 5, 1, 4, 0, 4, 1];

const byHand: Record<ConstraintId, Record<string, number>> = {
  coverage: { "coverage 0": 18 / 50, "coverage 1": 22 / 50, "coverage 2": 10 / 50 },
  recall: { "recall 0": 11 / 15, "recall 1": 15 / 20, "recall 2": 5 / 15 },
  precision: { "precision 0": 11 / 18, "precision 1": 15 / 22, "precision 2": 5 / 10 },
  accuracy: { accuracy: 31 / 50 },
  headCoverage: { headCoverage: (18 + 22) / 50 / 2 },
  tailCoverage: { tailCoverage: 10 / 50 },
  headRecall: { headRecall: (11 / 15 + 15 / 20) / 2 },
  tailRecall: { tailRecall: 5 / 15 },
  groupRecall: {
    ...{ "groupRecall 0 0": 8 / 10, "groupRecall 0 1": 3 / 5, "groupRecall 1 0": 6 / 10 },
    ...{ "groupRecall 1 1": 9 / 10, "groupRecall 2 0": 4 / 10, "groupRecall 2 1": 1 / 5 },
  },
  groupAccuracy: { "groupAccuracy 0": 18 / 30, "groupAccuracy 1": 13 / 20 },
  meanRecall: { meanRecall: (11 / 15 + 15 / 20 + 5 / 15) / 3 },
  minRecall: { minRecall: 5 / 15 },
  worst5Recall: { worst5Recall: 5 / 15 },
  gMean: { gMean: Math.cbrt((11 / 15) * (15 / 20) * (5 / 15)) },
  hMean: { hMean: 3 / (15 / 11 + 20 / 15 + 15 / 5) },
  minHeadTailRecall: { minHeadTailRecall: 5 / 15 },
  macroF1: { macroF1: (22 / (18 + 15) + 30 / (22 + 20) + 10 / (10 + 15)) / 3 },
  minGroupRecall: { minGroupRecall: 1 / 5 },
  meanGroupRecall: { meanGroupRecall: (0.8 + 0.6 + 0.6 + 0.9 + 0.4 + 0.2) / 6 },
  minCoverage: { minCoverage: 10 / 50 },
  accuracyDifference: {
    "accuracyDifference 0:1": 18 / 30 - 13 / 20,
    "accuracyDifference 1:0": 13 / 20 - 18 / 30,
  },
  // Predicted in group 0: 15, 8, 7 of 30; in group 1: 3, 14, 3 of 20.
  coverageDifference: {
    ...pairs("coverageDifference 0", 15 / 30 - 3 / 20),
    ...pairs("coverageDifference 1", 8 / 30 - 14 / 20),
    ...pairs("coverageDifference 2", 7 / 30 - 3 / 20),
  },
  coverageRatio: {
    ...ratios("coverageRatio 0", 15 / 30, 3 / 20),
    ...ratios("coverageRatio 1", 8 / 30, 14 / 20),
    ...ratios("coverageRatio 2", 7 / 30, 3 / 20),
  },
  recallDifference: {
    ...pairs("recallDifference 0", 0.8 - 0.6),
    ...pairs("recallDifference 1", 0.6 - 0.9),
    ...pairs("recallDifference 2", 0.4 - 0.2),
  },
  recallRatio: {
    ...ratios("recallRatio 0", 0.8, 0.6),
    ...ratios("recallRatio 1", 0.6, 0.9),
    ...ratios("recallRatio 2", 0.4, 0.2),
  },
  // Wrongly predicted in group 0: 7, 2, 3 of 20 samples of other classes; in group 1: 0 of 15, 5 of 10, 2 of 15.
  falsePositiveRateDifference: falsePositives(),
  equalizedOddsDifference: {
    ...pairs("recallDifference 0", 0.8 - 0.6),
    ...pairs("recallDifference 1", 0.6 - 0.9),
    ...pairs("recallDifference 2", 0.4 - 0.2),
    ...falsePositives(),
  },
};

function pairs(name: string, difference: number): Record<string, number> {
  return { [`${name} 0:1`]: difference, [`${name} 1:0`]: -difference };
}

function ratios(name: string, a: number, b: number): Record<string, number> {
  return { [`${name} 0:1`]: a / b, [`${name} 1:0`]: b / a };
}

function falsePositives(): Record<string, number> {
  return {
    ...pairs("falsePositiveRateDifference 0", 7 / 20 - 0 / 15),
    ...pairs("falsePositiveRateDifference 1", 2 / 20 - 5 / 10),
    ...pairs("falsePositiveRateDifference 2", 3 / 20 - 2 / 15),
  };
}

const summaryOf = (given: readonly number[], rows: readonly Bucket[], classes: number) =>
  new ConfusionSummary(exactConfusion(given, rows, classes));

describe("by hand", () => {
  it.each(constraintIds)("%s", (metric) => {
    const measures = measure(metric, summaryOf(counts, buckets, 3), {}, { isHead });
    expectValues(told(measures), byHand[metric]);
    expect(measures.empty).toEqual([]);
  });

  it("for the classes that are meant, in their order", () => {
    const found = measure("recallDifference", summaryOf(counts, buckets, 3), { classes: [2] }, { isHead });
    expectValues(told(found), pairs("recallDifference 2", 0.4 - 0.2));
    expect(
      measure("recall", summaryOf(counts, buckets, 3), { classes: [2, 0] }, { isHead }).subjects,
    ).toEqual([
      { metric: "recall", classes: [2], groups: [] },
      { metric: "recall", classes: [0], groups: [] },
    ]);
  });
});

describe("what a table's groups change", () => {
  const groupless = constraintIds.filter((metric) => !/group|Difference|Ratio/i.test(metric));

  it.each(groupless)("nothing about %s", (metric) => {
    const joined = Array.from({ length: 9 }, (_unused, cell) => {
      const [label, predicted] = [Math.floor(cell / 3), cell % 3];
      return counts[2 * label * 3 + predicted] + counts[(2 * label + 1) * 3 + predicted];
    });
    const plain = [0, 1, 2].map((label) => ({ label, group: null }));
    const without = measure(metric, summaryOf(joined, plain, 3), {}, { isHead });
    expectValues(told(without), byHand[metric]);
  });
});

describe("what cannot be said", () => {
  it("the precision of a class that is never predicted", () => {
    const plain = [0, 1].map((label) => ({ label, group: null }));
    const found = measure("precision", summaryOf([5, 0, 3, 0], plain, 2), {}, { isHead });
    expectValues(told(found), { "precision 0": 5 / 8, "precision 1": Number.NaN });
  });

  it("the recall of a class without samples, in all or in a group", () => {
    const rows = [
      { label: 0, group: 0 },
      { label: 0, group: 1 },
      { label: 1, group: 0 },
    ];
    const summary = summaryOf([3, 1, 0, 2, 2, 0, 1, 3, 0], rows, 3);
    const recall = measure("recall", summary, {}, { isHead });
    expectValues(told(recall), { "recall 0": 5 / 8, "recall 1": 3 / 4 });
    expect(recall.empty).toEqual([{ metric: "recall", classes: [2], groups: [] }]);
    const between = measure("recallDifference", summary, { classes: [0, 1] }, { isHead });
    expectValues(told(between), pairs("recallDifference 0", 3 / 4 - 2 / 4));
    expect(between.empty).toEqual([
      { metric: "recallDifference", classes: [1], groups: [0, 1] },
      { metric: "recallDifference", classes: [1], groups: [1, 0] },
    ]);
  });

  it("the false positives of a class that has all samples of a group", () => {
    const rows = [
      { label: 0, group: 0 },
      { label: 1, group: 0 },
      { label: 0, group: 1 },
    ];
    const found = measure(
      "falsePositiveRateDifference",
      summaryOf([3, 1, 1, 2, 4, 1], rows, 2),
      { classes: [0] },
      {
        isHead,
      },
    );
    expect(told(found)).toEqual({});
    expect(found.empty).toHaveLength(2);
  });

  it("a ratio over nothing, while the smaller over the larger is 0", () => {
    const found = measure(
      "recallRatio",
      summaryOf([3, 1, 0, 4, 0, 2, 1, 1], inGroups([0, 1], [0, 1]), 2),
      { classes: [0] },
      {
        isHead,
      },
    );
    expectValues(told(found), { "recallRatio 0 0:1": Number.NaN, "recallRatio 0 1:0": 0 });
  });
});

describe.each(fairness.cases)("as fairlearn: $title", (given) => {
  const rows = inGroups(
    Array.from({ length: given.groups }, (_unused, group) => group),
    Array.from({ length: given.classes }, (_unused, label) => label),
  );
  const rowOf = given.labels.map((label, at) => label * given.groups + given.members[at]);
  const matrix = countPredictions(given.predictions, rowOf, rows.length, given.classes);
  const summary = () => new ConfusionSummary(exactConfusion(matrix, rows, given.classes));
  const valuesOf = (metric: ConstraintId, label: number) => [
    ...measure(metric, summary(), { classes: [label] }, { isHead }).values.value,
  ];

  it("accuracy", () => {
    expect(Math.max(...valuesOf("accuracyDifference", 0))).toBeCloseTo(given.accuracyDifference, 12);
  });

  it.each(given.positives)("class $positive", (wanted) => {
    const { positive } = wanted;
    for (const metric of [
      "coverageDifference",
      "recallDifference",
      "falsePositiveRateDifference",
      "equalizedOddsDifference",
    ] as const) {
      expect(Math.max(...valuesOf(metric, positive)), metric).toBeCloseTo(wanted[metric], 12);
    }
    for (const metric of ["coverageRatio", "recallRatio"] as const) {
      expect(Math.min(...valuesOf(metric, positive)), metric).toBeCloseTo(wanted[metric], 12);
    }
    const recalls = valuesOf("groupRecall", positive);
    expect(recalls).toHaveLength(given.groups);
    for (const [group, recall] of recalls.entries()) {
      expect(recall).toBeCloseTo(wanted.truePositiveRate[group], 12);
    }
    // Selection and false-positive rates stand in differences only: each must be the one of its two groups.
    const differences = (metric: ConstraintId) =>
      measure(metric, summary(), { classes: [positive] }, { isHead });
    for (const [metric, rates] of [
      ["coverageDifference", wanted.selectionRate],
      ["falsePositiveRateDifference", wanted.falsePositiveRate],
    ] as const) {
      const { subjects, values } = differences(metric);
      for (const [at, { groups }] of subjects.entries()) {
        expect(values.value[at], metric).toBeCloseTo(rates[groups[0]] - rates[groups[1]], 12);
      }
    }
  });
});
