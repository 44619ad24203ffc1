/** The tests that proofs are made of: against SciPy's numbers, and how often they are wrong, by adding up every outcome. */
import { expect, it } from "vitest";
import type { Bucket } from "../../src/selmix/problem.ts";
import { needsOf } from "../../src/selmix/proof/need.ts";
import type { BoundToProve } from "../../src/selmix/proof/part.ts";
import { partsOf } from "../../src/selmix/proof/parts.ts";
import { prove } from "../../src/selmix/proof/proof.ts";
import { sidesOf } from "../../src/selmix/proof/sides.ts";
import { binomialAbove, shareTest } from "../../src/statistics/binomialTest.ts";
import { meanTest } from "../../src/statistics/meanTest.ts";
import { normalPoint } from "../../src/statistics/normal.ts";
import { type Line, pairTest } from "../../src/statistics/pairTest.ts";

const level = 0.05;

it("has the p-values of scipy.stats.binomtest, and normal points", () => {
  expect(shareTest({ successes: 66, samples: 100 }, "atLeast", 0.6)).toBeCloseTo(0.13033652891100223, 12);
  expect(shareTest({ successes: 2, samples: 100 }, "atMost", 0.05)).toBeCloseTo(0.1182629811851204, 12);
  expect(normalPoint(0.05)).toBeCloseTo(1.6448536269514722, 10);
  expect(normalPoint(0.8)).toBeCloseTo(-0.8416212335729143, 10);
});

/** Binomial probabilities [n + 1], from logarithms of factorials. */
function probabilities(n: number, p: number): number[] {
  const logs = [0];
  for (let k = 1; k <= n; k++) logs.push(logs[k - 1] + Math.log(k));
  return logs.map((log, x) =>
    p <= 0 || p >= 1
      ? Number(x === (p <= 0 ? 0 : n))
      : Math.exp(logs[n] - log - logs[n - x] + x * Math.log(p) + (n - x) * Math.log1p(-p)),
  );
}

it.each([
  ["a difference", 18, 18, { offset: 0.1, factor: 1 }],
  ["a difference of unlike sizes", 12, 25, { offset: 0.2, factor: 1 }],
  ["no difference", 20, 15, { offset: 0, factor: 1 }],
  ["a ratio", 22, 12, { offset: 0, factor: 1.25 }],
])(
  "%s is falsely proved with at most 5 %, whatever the shares, and nearly so for some",
  (_, n, m, line: Line) => {
    const rejected: [number, number][] = [];
    for (let a = 0; a <= n; a++)
      for (let b = 0; b <= m; b++)
        if (pairTest({ successes: a, samples: n }, { successes: b, samples: m }, line) <= level)
          rejected.push([a, b]);
    let most = 0;
    for (let at = 0; at <= 300; at++) {
      const second = (at / 300) * Math.min(1, (1 - line.offset) / line.factor);
      // On the line, and beyond it.
      for (const beyond of [0, 0.02]) {
        const [one, other] = [
          probabilities(n, Math.min(1, line.offset + line.factor * second + beyond)),
          probabilities(m, second),
        ];
        most = Math.max(
          most,
          rejected.reduce((sum, [a, b]) => sum + one[a] * other[b], 0),
        );
      }
    }
    expect(most).toBeLessThanOrEqual(level);
    expect(most).toBeGreaterThan(0.6 * level);
  },
);

it("proves a share of rows of several classes, drawn in given numbers, falsely with at most 5 %", () => {
  // Two classes of ten rows each whose shares are 1 - d and 1 + d times the bound: the sum varies less than binomial.
  for (const bound of [0.02, 0.3, 0.5, 0.9]) {
    for (const side of ["atLeast", "atMost"] as const) {
      for (const apart of [0, 0.5, 1]) {
        const shares = [bound * (1 - apart), Math.min(1, bound * (1 + apart))];
        const middle = (shares[0] + shares[1]) / 2;
        const [one, other] = shares.map((share) => probabilities(10, share));
        let wrong = 0;
        for (let a = 0; a <= 10; a++)
          for (let b = 0; b <= 10; b++)
            if (shareTest({ successes: a + b, samples: 20 }, side, middle, true) <= level)
              wrong += one[a] * other[b];
        expect(wrong).toBeLessThanOrEqual(level);
      }
    }
  }
});

it("proves a mean of values of unlike ranges falsely with at most 5 %", () => {
  // Ten values of 0 or 1, and ten of 0 or 3: the mean lies on the bound.
  for (const [p, q] of [
    [0.5, 0.5],
    [0.9, 0.9],
    [0.1, 0.7],
    [1, 0.4],
  ]) {
    const bound = (10 * p + 30 * q) / 20;
    const [one, other] = [probabilities(10, p), probabilities(10, q)];
    let wrong = 0;
    for (let a = 0; a <= 10; a++) {
      for (let b = 0; b <= 10; b++) {
        const terms = [
          { value: 1, low: 0, high: 1, count: a },
          { value: 0, low: 0, high: 1, count: 10 - a },
          { value: 3, low: 0, high: 3, count: b },
          { value: 0, low: 0, high: 3, count: 10 - b },
        ];
        if (meanTest(terms, bound) <= level) wrong += one[a] * other[b];
      }
    }
    expect(wrong).toBeLessThanOrEqual(level);
  }
});

it.each([100, 300, 1000])("proves a share and a mean with three standard errors to spare: %i rows", (n) => {
  let share = 0.6;
  for (let step = 0; step < 50; step++) share = 0.6 + 3 * Math.sqrt((share * (1 - share)) / n);
  const least = Array.from({ length: n + 1 }, (_unused, x) => x).find(
    (x) => shareTest({ successes: x, samples: n }, "atLeast", 0.6) <= level,
  );
  expect(binomialAbove(least ?? n + 1, n, share)).toBeGreaterThan(0.8);
});

const cells: Bucket[] = [0, 1].flatMap((label) => [0, 1].map((group) => ({ label, group })));
const meant = { isHead: [true, false], shares: null, unlike: null };

/** Counts of two classes in two groups, 100 rows each, of which so many are right. */
const sides = (right: readonly number[], rows = 100) =>
  sidesOf({
    cells,
    classes: 2,
    counts: right.flatMap((count, cell) =>
      cells[cell].label === 0 ? [count, rows - count] : [rows - count, count],
    ),
  });

it("asks for a proof of every ordered pair of groups in every class, each at the level itself", () => {
  const its: BoundToProve = { metric: "recallDifference", kind: "atMost", bound: 0.2 };
  const parts = partsOf(sides([80, 80, 70, 74]), its, meant);
  expect(parts.map(({ subject }) => [subject.classes, subject.groups])).toEqual([
    [[0], [0, 1]],
    [[0], [1, 0]],
    [[1], [0, 1]],
    [[1], [1, 0]],
  ]);
  const { pValue, weakest } = prove(parts, its, level);
  // The widest difference is the weakest, by its own test: no price is paid for the others.
  expect(weakest.subject).toMatchObject({ classes: [1], groups: [1, 0] });
  expect(pValue).toBe(
    pairTest({ successes: 74, samples: 100 }, { successes: 70, samples: 100 }, { offset: 0.2, factor: 1 }),
  );
});

/** What 20 rows a group prove of the recall of one class, of which so many are right. */
function ofFew(a: number, b: number, bound: number) {
  const counts = [a, 20 - a, b, 20 - b, 0, 0, 0, 0];
  const its: BoundToProve = { metric: "recallDifference", kind: "atMost", bound, classes: [0] };
  return prove(partsOf(sidesOf({ cells, classes: 2, counts }), its, meant), its, level);
}

it("proves nothing of few rows in one order of the groups that the other order refutes", () => {
  expect(ofFew(4, 12, 0.1)).toMatchObject({ pValue: 1, provable: false });
  expect(ofFew(12, 4, 0.1)).toMatchObject({ pValue: 1, provable: false });
  // All outcomes there are, with shares whose difference lies on the bound or beyond it.
  for (const [bound, p, q] of [
    [0.1, 0.2, 0.5],
    [0.3, 0.5, 0.8],
    [0.3, 0.4, 0.7],
    [0.5, 0.25, 0.75],
    [0.5, 0.1, 0.6],
  ]) {
    const [one, other] = [probabilities(20, p), probabilities(20, q)];
    let wrong = 0;
    for (let a = 0; a <= 20; a++) {
      for (let b = 0; b <= 20; b++) if (ofFew(a, b, bound).pValue <= level) wrong += one[a] * other[b];
    }
    expect(wrong).toBeLessThanOrEqual(level);
  }
});

it("proves nothing of a difference to a group that has no rows", () => {
  const three = [...cells, { label: 0, group: 2 }, { label: 1, group: 2 }];
  const counts = [90, 10, 90, 10, 10, 90, 10, 90, 0, 0, 0, 0];
  const its: BoundToProve = { metric: "recallDifference", kind: "atMost", bound: 0.3 };
  const proof = prove(partsOf(sidesOf({ cells: three, classes: 2, counts }), its, meant), its, level);
  expect(proof).toMatchObject({ pValue: 1, provable: false, weakest: { test: "none", why: "noSamples" } });
});

it("says that a bound is not provable by the number of rows alone", () => {
  const its: BoundToProve = { metric: "recall", kind: "atLeast", bound: 0.9 };
  // 0.9^28 > 0.05 > 0.9^29.
  expect(prove(partsOf(sides([14, 14, 14, 14], 14), its, meant), its, level)).toMatchObject({
    provable: false,
  });
  const proof = prove(partsOf(sides([15, 15, 15, 15], 15), its, meant), its, level);
  expect(proof.provable).toBe(true);
  expect(proof.pValue).toBeCloseTo(0.9 ** 30, 12);
});

it("is not proved by rows that do not stand for others alike, nor beyond what is known of the shares", () => {
  const parts = (metric: BoundToProve["metric"], more: object) =>
    partsOf(sides([90, 90, 90, 90]), { metric, kind: "atMost", bound: 0.5 }, { ...meant, ...more });
  const whys = (metric: BoundToProve["metric"], more: object) =>
    new Set(parts(metric, more).map((part) => (part.test === "none" ? part.why : "tested")));
  expect(whys("coverage", { unlike: "weights" })).toEqual(new Set(["weights"]));
  expect(whys("coverage", { unlike: "split" })).toEqual(new Set(["split"]));
  expect(whys("recall", { unlike: "split" })).toEqual(new Set(["tested"]));
  expect(whys("coverageDifference", { shares: [0.5, 0.5] })).toEqual(new Set(["prior"]));
  expect(whys("recallDifference", { shares: [0.5, 0.5] })).toEqual(new Set(["tested"]));
});

it("under given shares measures what they say, by a mean", () => {
  const [part] = partsOf(
    sides([90, 90, 60, 60]),
    { metric: "accuracy", kind: "atLeast", bound: 0.5 },
    { ...meant, shares: [3, 1] },
  );
  expect(part).toMatchObject({ test: "mean" });
  expect(part.value).toBeCloseTo(0.75 * 0.9 + 0.25 * 0.6, 12);
});

it("asks for as many more rows as prove it in about 80 of 100 draws", () => {
  const its: BoundToProve = { metric: "recall", kind: "atLeast", bound: 0.6, classes: [0] };
  const parts = partsOf(sides([33, 33, 50, 50], 50), its, meant);
  const [{ rows }] = needsOf(parts, parts, its, level);
  const n = 100 + (rows?.[0] ?? 0);
  const share = 66.5 / 101;
  const chance = Array.from({ length: n + 1 }, (_unused, x) => x)
    .filter((x) => shareTest({ successes: x, samples: n }, "atLeast", 0.6) <= level)
    .reduce((sum, x) => sum + probabilities(n, share)[x], 0);
  expect(chance).toBeGreaterThanOrEqual(0.8);
  expect(chance).toBeLessThan(0.85);
  // A value beyond its bound is proved by no number of rows.
  const beyond = partsOf(sides([20, 20, 50, 50], 50), its, meant);
  expect(needsOf(beyond, beyond, its, level)[0].rows).toBeNull();
});

it("asks for rows of the group that lacks them", () => {
  const its: BoundToProve = { metric: "recallDifference", kind: "atMost", bound: 0.12, classes: [0] };
  const counts = [800, 200, 40, 10, 80, 20, 40, 10];
  const parts = partsOf(sidesOf({ cells, classes: 2, counts }), its, meant);
  const needs = needsOf(parts, parts, its, level);
  for (const { part, rows } of needs) {
    const small = part.subject.groups.indexOf(1);
    expect(rows?.[small]).toBeGreaterThan(50);
    expect(rows?.[1 - small]).toBeLessThan(rows?.[small] ?? 0);
  }
});
