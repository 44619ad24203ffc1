import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constraintIds, objectiveIds } from "../../src/metrics/catalogue.ts";
import type { Objective } from "../../src/metrics/objective.ts";
import { type Confusion, confusionFromCounts } from "../../src/selmix/confusion/confusion.ts";
import type { Constraint } from "../../src/selmix/confusion/constraints.ts";
import { needsGroups } from "../../src/selmix/confusion/objectives.ts";
import { wholeObjective } from "../../src/selmix/confusion/wholeObjective.ts";
import type { Bucket } from "../../src/selmix/problem.ts";
import { type Goal, multipliersOf, steer } from "../../src/selmix/steering/steering.ts";
import { whole } from "../support/whole.ts";

interface Given {
  title: string;
  classes: number;
  buckets: Bucket[];
  counts: number[];
}

const plain = (classes: number): Bucket[] =>
  Array.from({ length: classes }, (_unused, label) => ({ label, group: null }));
const grouped = (classes: number, groups: number): Bucket[] =>
  Array.from({ length: classes * groups }, (_unused, b) => ({
    label: b % classes,
    group: Math.floor(b / classes),
  }));

const givens: Given[] = [
  { title: "three classes", classes: 3, buckets: plain(3), counts: [8, 1, 1, 2, 5, 3, 1, 1, 8] },
  { title: "a recall of zero", classes: 3, buckets: plain(3), counts: [8, 1, 1, 7, 0, 3, 1, 1, 8] },
  {
    title: "a class with one sample, got right",
    classes: 3,
    buckets: plain(3),
    counts: [8, 1, 1, 0, 1, 0, 2, 1, 8],
  },
  {
    title: "a class with one sample, got wrong",
    classes: 3,
    buckets: plain(3),
    counts: [8, 1, 1, 1, 0, 0, 2, 1, 8],
  },
  { title: "two classes", classes: 2, buckets: plain(2), counts: [90, 10, 3, 2] },
  {
    title: "two groups of three classes",
    classes: 3,
    buckets: grouped(3, 2),
    counts: [8, 1, 1, 2, 5, 3, 1, 1, 8, 30, 5, 5, 1, 0, 3, 2, 2, 9],
  },
];

/** C with the rows pi_b softmax(log R + shift at one entry). */
function shifted(confusion: Confusion, at: number, by: number): Confusion {
  const { joint, classes, pi, buckets } = confusion;
  const moved = joint.slice();
  moved[at] *= Math.exp(by);
  for (let b = 0; b < buckets.length; b++) {
    const row = moved.subarray(b * classes, (b + 1) * classes);
    const total = row.reduce((sum, value) => sum + value, 0);
    for (let l = 0; l < classes; l++) row[l] *= pi[b] / total;
  }
  return { ...confusion, joint: moved };
}

function expectGradientOfDifferences(given: Given, goal: Goal): void {
  const confusion = confusionFromCounts(given.counts, given.buckets, given.classes);
  const multipliers = multipliersOf(confusion, goal);
  const derivative = whole(steer(confusion, goal, multipliers).derivative);
  const step = 1e-5;
  const value = (at: number, by: number) => steer(shifted(confusion, at, by), goal, multipliers).value;
  const scale = Math.max(1e-3, ...Array.from(derivative, Math.abs));
  for (let at = 0; at < derivative.length; at++) {
    const measured = (value(at, step) - value(at, -step)) / (2 * step);
    expect(Math.abs(derivative[at] - measured) / scale).toBeLessThan(1e-7);
  }
  for (let b = 0; b < given.buckets.length; b++) {
    const row = derivative.subarray(b * given.classes, (b + 1) * given.classes);
    expect(Math.abs(row.reduce((sum, entry) => sum + entry, 0))).toBeLessThan(1e-12 * Math.max(scale, 1));
  }
}

function goalFor(given: Given, id: Objective, constraints: Constraint[] = []): Goal {
  const isHead = Array.from({ length: given.classes }, (_unused, k) => k < given.classes - 1);
  return { objective: wholeObjective(id), constraints, context: { isHead }, sharpness: 50 };
}

describe.each(givens)("$title", (given) => {
  const hasGroups = given.buckets[0].group !== null;
  test.each(objectiveIds.filter((id) => hasGroups || !needsGroups(id)))(
    "the gradient of %s is that of finite differences",
    (id) => {
      expectGradientOfDifferences(given, goalFor(given, id));
    },
  );

  test("the gradient of a weighted sum, of which one counts against, is that of finite differences", () => {
    const weighted = { minRecall: 0.7, worst5Recall: 2, minCoverage: 1.5, hMean: -0.4, macroF1: 0.3 };
    expectGradientOfDifferences(given, goalFor(given, { weighted }));
  });

  test("the gradient of an expected cost is that of finite differences", () => {
    const cost = Array.from({ length: given.classes }, (_row, i) =>
      Array.from({ length: given.classes }, (_cell, j) => (i === j ? 0 : 1 + 3 * i + ((7 * j) % 5))),
    );
    expectGradientOfDifferences(given, goalFor(given, { cost }));
    expectGradientOfDifferences(given, goalFor(given, { cost }, [{ metric: "recall", atLeast: 0.4 }]));
  });

  const metrics = constraintIds.filter((metric) => hasGroups || !needsGroups(metric));
  test.each(metrics)("with a constraint on %s, from below and from above", (metric) => {
    expectGradientOfDifferences(given, goalFor(given, "meanRecall", [{ metric, atLeast: 0.4 }]));
    expectGradientOfDifferences(
      given,
      goalFor(given, "meanRecall", [{ metric, atMost: 0.05, classes: [0, 1] }]),
    );
  });
});

test("a class with recall zero still has a signal under every objective but macro averages of others", () => {
  const given = givens[1];
  const confusion = confusionFromCounts(given.counts, given.buckets, given.classes);
  for (const id of objectiveIds.filter((one) => !needsGroups(one))) {
    const goal = goalFor(given, id);
    const derivative = whole(steer(confusion, goal, multipliersOf(confusion, goal)).derivative);
    if (id === "minHeadTailRecall") continue;
    expect(derivative[given.classes + 1], id).toBeGreaterThan(0);
  }
});

test("the gradient of the mean recall has its closed form", () => {
  const confusion = confusionFromCounts(givens[0].counts, givens[0].buckets, 3);
  const goal = goalFor(givens[0], "meanRecall");
  const derivative = whole(steer(confusion, goal, multipliersOf(confusion, goal)).derivative);
  for (let b = 0; b < 3; b++) {
    const recall = confusion.joint[b * 3 + b] / confusion.pi[b];
    for (let l = 0; l < 3; l++) {
      const share = confusion.joint[b * 3 + l] / confusion.pi[b];
      const closed = (share * ((l === b ? 1 : 0) - recall)) / 3;
      expect(Math.abs(derivative[b * 3 + l] - closed)).toBeLessThan(1e-15);
    }
  }
});

test("gradients stay finite and rows sum to zero for any counts", () => {
  const counts = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(counts, fc.constantFrom(...objectiveIds.filter((id) => !needsGroups(id))), (given, id) => {
      const rows = [0, 1, 2, 3].map((b) => given.slice(b * 4, b * 4 + 4));
      fc.pre(rows.every((row) => row.some((count) => count > 0)));
      const confusion = confusionFromCounts(given, plain(4), 4);
      const goal = goalFor({ title: "", classes: 4, buckets: plain(4), counts: given }, id, [
        { metric: "coverage", atLeast: 0.2 },
        { metric: "precision", atLeast: 0.5 },
      ]);
      const { derivative: matrix, value } = steer(confusion, goal, multipliersOf(confusion, goal));
      const derivative = whole(matrix);
      expect(Number.isFinite(value)).toBe(true);
      const scale = Math.max(1, ...Array.from(derivative, Math.abs));
      for (let b = 0; b < 4; b++) {
        const sum = derivative.subarray(b * 4, b * 4 + 4).reduce((total, entry) => total + entry, 0);
        expect(Math.abs(sum) / scale).toBeLessThan(1e-9);
      }
    }),
  );
});
