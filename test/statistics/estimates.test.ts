import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/selmix/random.ts";
import { betaProbability, betaQuantile } from "../../src/statistics/beta.ts";
import { difference, largestDifference, leastRatio, ratio } from "../../src/statistics/comparisons.ts";
import { type Estimate, intervalOf, pValue, share } from "../../src/statistics/estimate.ts";
import { greatest, least } from "../../src/statistics/extremes.ts";
import { leastChange } from "../../src/statistics/leastChange.ts";
import { changeOfShare } from "../../src/statistics/netChange.ts";

/** P(X = x) of a binomial, by its definition. */
function binomial(x: number, n: number, p: number): number {
  let value = (1 - p) ** (n - x) * p ** x;
  for (let k = 1; k <= x; k++) value *= (n - x + k) / k;
  return value;
}

/** Every outcome of several independent binomials, with its probability. */
function* outcomes(n: number, shares: readonly number[]): Generator<[number[], number]> {
  const [first, ...rest] = shares;
  if (first === undefined) {
    yield [[], 1];
    return;
  }
  for (let x = 0; x <= n; x++) {
    const probability = binomial(x, n, first);
    for (const [others, other] of outcomes(n, rest)) yield [[x, ...others], probability * other];
  }
}

/** Exact chance that an interval made from the counts holds the truth. */
function coverage(
  n: number,
  shares: readonly number[],
  truth: number,
  of: (parts: Estimate[]) => Estimate,
): number {
  const parts = Array.from({ length: n + 1 }, (_unused, x) => share(x, n));
  let held = 0;
  for (const [counts, probability] of outcomes(n, shares)) {
    const { low, high } = intervalOf(of(counts.map((x) => parts[x] ?? share(x, n))));
    if (low <= truth + 1e-12 && truth <= high + 1e-12) held += probability;
  }
  return held;
}

const grid = [0.02, 0.2, 0.5, 0.8, 0.97, 0.995];

test("the beta distribution is SciPy 1.17's", () => {
  const quantiles = [
    [5, 1, 0.025, 0.4781762498950185],
    [300, 20, 0.975, 0.9612866481588067],
    [2.5, 3.5, 0.4, 0.35481713214081007],
    [0.5, 0.5, 0.025, 0.001541333133436012],
    [1, 1000, 0.05, 5.129197890901781e-5],
    [4e4, 1e4, 0.0005, 0.7940746796285255],
    [12, 19, 1e-6, 0.076984311701425],
  ] as const;
  for (const [a, b, probability, x] of quantiles) {
    expect(betaQuantile(a, b, probability) / x).toBeCloseTo(1, 9);
    expect(betaProbability(a, b, x) / probability).toBeCloseTo(1, 8);
  }
  expect(betaProbability(0.3, 7, 0.001)).toBeCloseTo(0.24736406489314075, 12);
  expect(betaProbability(40000, 10000, 0.8)).toBeCloseTo(0.49910793504289575, 10);
});

test("a quantile is where its probability is, for any parameters", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.7, max: 3000, noNaN: true }),
      fc.double({ min: 0.7, max: 3000, noNaN: true }),
      fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }),
      (a, b, probability) => {
        expect(betaProbability(a, b, betaQuantile(a, b, probability))).toBeCloseTo(probability, 6);
      },
    ),
  );
});

describe("a share", () => {
  test("has the limits of statsmodels' proportion_confint(method='beta')", () => {
    const known = [
      [0, 10, 0, 0.30849710781876083],
      [1, 1, 0.025, 1],
      [5, 5, 0.4781762498950185, 1],
      [81, 263, 0.25273674558527126, 0.3676219226013514],
      [29, 30, 0.8278305443665873, 0.9991564290733695],
      [450, 500, 0.8702909143377969, 0.9248641849335745],
    ] as const;
    for (const [x, n, low, high] of known) {
      const limits = intervalOf(share(x, n));
      expect(limits.value).toBe(x / n);
      expect(limits.low).toBeCloseTo(low, 9);
      expect(limits.high).toBeCloseTo(high, 9);
    }
  });

  test("of one sample of one is not known to be 1, and one of no samples has no value", () => {
    expect(intervalOf(share(1, 1)).low).toBeLessThan(0.03);
    expect(() => share(0, 0)).toThrow(RangeError);
  });

  test("is proved to be above or below a bound with the p-value of scipy.stats.binomtest", () => {
    expect(pValue(share(28, 30), 0.8, "above")).toBeCloseTo(0.04417898515199706, 7);
    expect(pValue(share(3, 30), 0.25, "below")).toBeCloseTo(0.03744932572380086, 7);
    expect(pValue(share(0, 30), 0.2, "above")).toBe(1);
  });

  test.each([1, 5, 30])("of %i samples is covered at every truth", (n) => {
    for (const p of grid)
      expect(coverage(n, [p], p, ([part]) => part as Estimate)).toBeGreaterThanOrEqual(0.95);
  });
});

describe("the least of several", () => {
  const truths = [
    [0.8, 0.8],
    [0.8, 0.85, 0.9],
    [0.5, 0.97, 0.97],
    [0.97, 0.97, 0.97],
    [0.02, 0.5, 0.5],
  ];
  test.each(truths)("is covered, its truth being that of %d, %d...", (...shares) => {
    const truth = Math.min(...shares);
    expect(coverage(12, shares, truth, least)).toBeGreaterThanOrEqual(0.95);
    const mirrored = shares.map((p) => 1 - p);
    expect(coverage(12, mirrored, 1 - truth, greatest)).toBeGreaterThanOrEqual(0.95);
  });

  test("is no more than the mean, whose limit helps where all are alike", () => {
    const parts = Array.from({ length: 10 }, () => share(24, 30));
    expect(intervalOf(least(parts, share(240, 300))).high).toBeLessThan(intervalOf(least(parts)).high - 0.02);
  });

  test("of nothing has no value", () => {
    expect(() => least([])).toThrow(RangeError);
  });
});

describe("a comparison", () => {
  /** An estimate with the limits given, at any error. */
  const withLimits = (value: number, low: number, high: number): Estimate => ({
    value,
    centre: value,
    variance: 1,
    low: () => low,
    high: () => high,
  });

  test("of two shares is statsmodels' confint_proportions_2indep(method='newcomb') of Wilson's limits", () => {
    // Wilson's limits of 56 of 70 and 48 of 80, statsmodels' proportion_confint(method='wilson').
    const first = withLimits(0.8, 0.6918335550374695, 0.8769526075163705);
    const second = withLimits(0.6, 0.4904546500516038, 0.7003817240412906);
    const { value, low, high } = intervalOf(difference(first, second, 2));
    expect(value).toBeCloseTo(0.2, 12);
    expect(low).toBeCloseTo(0.05243147240236498, 9);
    expect(high).toBeCloseTo(0.33387265403690614, 9);
  });

  test("by ratio holds what the difference holds as 0 (roots found by SciPy)", () => {
    const known = [
      [18, 30, 27, 30, 0.4476082244900848, 0.9233688998748377],
      [40, 80, 45, 60, 0.49998606238293003, 0.8809052276367857],
      [0, 20, 15, 20, 0, 0.23716041374962063],
    ] as const;
    for (const [x, n, y, m, low, high] of known) {
      const limits = intervalOf(ratio(share(x, n), share(y, m)));
      expect(limits.low).toBeCloseTo(low, 8);
      expect(limits.high).toBeCloseTo(high, 8);
    }
    expect(() => ratio(share(1, 2), share(0, 2))).toThrow(RangeError);
    expect(() => leastRatio([[share(0, 2), share(0, 2)]])).toThrow(RangeError);
  });

  test.each([
    [0.8, 0.8],
    [0.9, 0.6],
    [0.97, 0.9],
    [0.5, 0.05],
    [0.7, 0.8, 0.9],
  ])("over the largest pair is covered, of %d, %d...", (...shares) => {
    const pairs = (parts: Estimate[]) =>
      parts.flatMap((a, i) => parts.slice(i + 1).map((b) => [a, b] as const));
    const [lowest, highest] = [Math.min(...shares), Math.max(...shares)];
    expect(
      coverage(12, shares, highest - lowest, (parts) => largestDifference(pairs(parts))),
    ).toBeGreaterThan(0.94);
    // Where all came out at 0 there is no ratio; that is as good as never here but for one of the truths.
    if (lowest < 0.1) return;
    const defined = (parts: Estimate[]) => parts.every(({ value }) => value > 0);
    const ofRatio = (parts: Estimate[]) => (defined(parts) ? leastRatio(pairs(parts)) : share(1, 1));
    expect(coverage(12, shares, lowest / highest, ofRatio)).toBeGreaterThan(0.94);
  });
});

describe("a change on the same rows", () => {
  test("is not known to be 0 where none was seen, and is what was gained where nothing was lost", () => {
    const none = intervalOf(changeOfShare(0, 0, 30));
    // 3 of 30 may have been gained or lost and not be seen: Tango's interval ends at 0.1135, Bonett and Price's at 0.087.
    expect(none.high).toBeGreaterThan(0.08);
    expect(none.high).toBeLessThan(0.13);
    expect(none.low).toBeCloseTo(-none.high, 12);
    const { value, low, high } = intervalOf(changeOfShare(12, 0, 30));
    expect(value).toBeCloseTo(0.4, 12);
    // Tango's: 0.2411 to 0.5768, the roots of his score.
    expect(Math.abs(low - 0.2411)).toBeLessThan(0.04);
    expect(Math.abs(high - 0.5768)).toBeLessThan(0.04);
  });

  test("is covered for one class: every outcome of 20 rows", () => {
    for (const [gained, lost] of [
      [0.1, 0.05],
      [0.3, 0.02],
      [0.02, 0.02],
      [0.05, 0.2],
      [0.3, 0.3],
    ] as const) {
      let held = 0;
      const n = 20;
      for (let g = 0; g <= n; g++)
        for (let l = 0; g + l <= n; l++) {
          const probability = binomial(g, n, gained) * binomial(l, n - g, lost / (1 - gained));
          const { low, high } = intervalOf(changeOfShare(g, l, n));
          if (low <= gained - lost && gained - lost <= high) held += probability;
        }
      expect(held).toBeGreaterThan(0.935);
    }
  });

  test("of the least is that of the class where one is far below the others", () => {
    const before = [share(200, 500), share(480, 500)];
    const after = [share(240, 500), share(480, 500)];
    const changes = [changeOfShare(45, 5, 500), changeOfShare(0, 0, 500)];
    const { value, low, high } = intervalOf(leastChange({ before, after, changes }));
    const alone = intervalOf(changes[0] as Estimate);
    expect(value).toBeCloseTo(0.08, 12);
    expect((high - low) / (alone.high - alone.low)).toBeLessThan(1.15);
    expect(low).toBeGreaterThan(0);
  });

  /** Recalls before and after of classes of so many rows; each draw of them is judged. */
  test.each([
    [60, [0.5, 0.5, 0.56], [0.41, 0.6, 0.77]],
    [200, [0.65, 0.65], [0.65, 0.85]],
    [200, [0.33, 0.45], [0.39, 0.39]],
    [30, [0.5, 0.6, 0.9, 0.9], [0.8, 0.6, 0.85, 0.9]],
  ])("of the least is covered where others are about as low: %i rows, %j to %j", (n, from, to) => {
    const random = new Random(n, 6);
    const truth = Math.min(...to) - Math.min(...from);
    const draws = 500;
    let held = 0;
    for (let draw = 0; draw < draws; draw++) {
      const parts = from.map((recall, k) => {
        const rise = (to[k] ?? 0) - recall;
        const [lost, gained] = rise < 0 ? [-rise / recall, 0] : [0, rise / (1 - recall)];
        let [was, up, down] = [0, 0, 0];
        for (let row = 0; row < n; row++) {
          const right = random.uniform() < recall;
          if (right) was++;
          if (random.uniform() >= (right ? lost : gained)) continue;
          if (right) down++;
          else up++;
        }
        return [share(was, n), share(was + up - down, n), changeOfShare(up, down, n)] as const;
      });
      const { low, high } = intervalOf(
        leastChange({
          before: parts.map(([before]) => before),
          after: parts.map(([, after]) => after),
          changes: parts.map(([, , change]) => change),
        }),
      );
      if (low <= truth + 1e-12 && truth - 1e-12 <= high) held++;
    }
    // Standard error 1 %.
    expect(held / draws).toBeGreaterThan(0.92);
  });

  test("of the least of thousands is that of two samples, and no pair of them is asked for", () => {
    const [before, after] = [3, 4].map((rows) =>
      Array.from({ length: 2500 }, (_, k) => share(k % rows, rows)),
    );
    const correlation = () => {
      throw new Error("a pair was asked for");
    };
    const changes = before.map(() => changeOfShare(1, 1, 3));
    expect(intervalOf(leastChange({ before, after, changes, correlation }))).toEqual(
      intervalOf(difference(least(after), least(before))),
    );
    const few = { before: before.slice(0, 20), after: after.slice(0, 20), changes: changes.slice(0, 20) };
    expect(() => intervalOf(leastChange({ ...few, correlation }))).toThrow("a pair was asked for");
  });

  test("of the least learns nothing from what was lost far above it", () => {
    // Ten classes of 60 rows; the two lowest gain 11 and 5, and those above lose some.
    const right = [59, 60, 54, 54, 54, 57, 47, 45, 35, 34];
    const gained = [0, 0, 1, 0, 0, 0, 2, 5, 11, 5];
    const lost = [3, 6, 2, 2, 4, 4, 0, 3, 0, 0];
    const after = right.map((count, k) => count + (gained[k] ?? 0) - (lost[k] ?? 0));
    const { value, low } = intervalOf(
      leastChange({
        before: right.map((count) => share(count, 60)),
        after: after.map((count) => share(count, 60)),
        changes: gained.map((count, k) => changeOfShare(count, lost[k] ?? 0, 60)),
      }),
    );
    expect(value).toBeCloseTo(5 / 60, 12);
    // McNemar's exact test of the lowest alone, 5 gained and none lost: p = 0.06.
    expect(low).toBeLessThan(0);
    expect(low).toBeGreaterThan(-0.06);
  });
});
