/** What chance makes of counts: SciPy's numbers, and medians and means of simulated sets. */
import { describe, expect, test } from "vitest";
import {
  binomialProbability,
  leastByChance,
  lowestByChance,
  zerosByChance,
} from "../../src/statistics/chance.ts";
import { chiSquareAbove, sameShares } from "../../src/statistics/chiSquare.ts";
import { lowestCount, meanOfLowest, placesOfLowest } from "../../src/statistics/lowest.ts";

describe("the worst 5 %", () => {
  test("are at least one, and a twentieth rounded up", () => {
    expect([1, 10, 20, 21, 100, 137, 1000].map(lowestCount)).toEqual([1, 1, 1, 2, 5, 7, 50]);
  });

  test("have the mean of the lowest values, wherever they stand", () => {
    const values = Array.from({ length: 40 }, (_unused, at) => ((at * 7) % 40) / 40);
    expect(meanOfLowest(values)).toBeCloseTo((0 + 1 / 40) / 2, 12);
    expect(placesOfLowest(values).map((place) => values[place])).toEqual([0, 1 / 40]);
    expect(meanOfLowest([0.4, 0.2])).toBe(0.2);
    expect(meanOfLowest([])).toBe(Number.POSITIVE_INFINITY);
  });
});

test("the chi-square distribution is SciPy 1.18's", () => {
  const known = [
    [3.84, 1, 0.05004352124870519],
    [25, 10, 0.005345505487134069],
    [0.5, 3, 0.9188914116546758],
    [1200, 999, 1.112935044825893e-5],
    [900, 999, 0.9886211870834188],
    [60, 2, 9.357622968840163e-14],
  ] as const;
  for (const [x, degrees, above] of known) expect(chiSquareAbove(x, degrees) / above).toBeCloseTo(1, 8);
});

test("two sets with the same shares are told from two with others", () => {
  // SciPy's chi2_contingency without correction.
  expect(sameShares([30, 50, 20], [300, 400, 300])).toBeCloseTo(0.06900259881482955, 10);
  expect(sameShares([3, 5, 0], [30, 50, 0])).toBeCloseTo(1, 10);
  expect(sameShares([0, 0], [3, 4])).toBe(1);
  expect(sameShares([5, 0], [7, 0])).toBe(1);
});

describe("by chance alone", () => {
  test("a binomial is SciPy's", () => {
    expect(binomialProbability(3, 10, 0.8)).toBeCloseTo(0.0008643583999999986, 12);
    expect(binomialProbability(0, 10, 0.5)).toBeCloseTo(0.0009765625, 12);
    expect(binomialProbability(10, 10, 0.5)).toBe(1);
    expect(binomialProbability(-1, 10, 0.5)).toBe(0);
  });

  // Medians and means of 20,000 sets drawn by NumPy.
  test("the least of many equal shares is counted far below them", () => {
    expect(leastByChance(0.8, new Array(1000).fill(10))).toBeCloseTo(0.3, 6);
    expect(leastByChance(0.87, new Array(10).fill(10))).toBeCloseTo(0.7, 6);
    expect(leastByChance(0.6, [...new Array(50).fill(10), ...new Array(50).fill(30)])).toBeCloseTo(0.3, 6);
  });

  test("so are the lowest 5 %", () => {
    expect(lowestByChance(0.8, new Array(1000).fill(10), 0.05)).toBeCloseTo(0.52, 2);
    // The mean over sets of 100 is a little higher than that of the distribution.
    expect(lowestByChance(0.6, [...new Array(50).fill(10), ...new Array(50).fill(30)], 0.05)).toBeCloseTo(
      0.32,
      1,
    );
  });

  test("zeros follow from how the shares differ in truth (scipy.stats.betabinom)", () => {
    // Counts of 137 classes at the quantiles of a beta-binomial of mean 4/7: 137 pmf(0) = 1.129.
    expect(zerosByChance([0.5, 0.5, 0.5], [10, 10, 10])).toBeCloseTo(3 / 1024, 9);
    expect(zerosByChance([0, 0], [10, 10])).toBe(2);
    expect(zerosByChance([1, 1], [10, 10])).toBe(0);
    const wide = zerosByChance([0.1, 0.9, 0.2, 0.8], [10, 10, 10, 10]);
    expect(wide).toBeGreaterThan(0.3);
    expect(wide).toBeLessThan(1.5);
  });
});
