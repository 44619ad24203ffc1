import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeBetween, limits, shareOf } from "../../src/statistics/intervals.ts";
import { rankCorrelation } from "../../src/statistics/rankCorrelation.ts";

describe("intervals", () => {
  it("are Clopper and Pearson's: 8 of 10 gives 0.444 to 0.975", () => {
    const interval = limits(shareOf(0.8, 10));
    expect(interval?.low).toBeCloseTo(0.4439, 4);
    expect(interval?.high).toBeCloseTo(0.9748, 4);
  });

  it("contain the value and stay within 0 and 1", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 1000 }), (seen, samples) => {
        const share = Math.min(seen, samples) / samples;
        const estimate = shareOf(share, samples);
        const interval = limits(estimate);
        expect(interval?.low).toBeGreaterThanOrEqual(-1e-12);
        expect(interval?.high).toBeLessThanOrEqual(1 + 1e-12);
        expect(interval?.low).toBeLessThanOrEqual(share);
        expect(interval?.high).toBeGreaterThanOrEqual(share);
        const still = limits(changeBetween(estimate, estimate));
        expect(still?.low).toBeLessThanOrEqual(0);
        expect(still?.high).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("are unknown without samples", () => {
    expect(shareOf(0.5, 0)).toBeNull();
    expect(shareOf(null, 10)).toBeNull();
    expect(limits(changeBetween(null, shareOf(0.5, 3)))).toBeNull();
  });
});

describe("rank correlation", () => {
  it("is 1 for the same order, -1 for the opposite, and shares the ranks of ties", () => {
    expect(rankCorrelation([1, 2, 30], [0.1, 0.2, 0.9])).toBeCloseTo(1);
    expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1);
    expect(rankCorrelation([1, 1, 2], [1, 1, 2])).toBeCloseTo(1);
    expect(rankCorrelation([1, 2, 3, 4], [10, 20, 30, 4000])).toBeCloseTo(1, 12);
    expect(rankCorrelation([1, 1, 2, 2], [1, 2, 1, 2])).toBeCloseTo(0, 12);
    expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(rankCorrelation([1, 2], [1, 2])).toBeNull();
  });
});
