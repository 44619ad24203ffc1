import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/selmix/confusion/evaluation.ts";
import { headByCounts, softmin } from "../../src/selmix/confusion/objectives.ts";
import { talliesFromCounts } from "../../src/selmix/confusion/tallies.ts";
import { Random } from "../../src/selmix/random.ts";
import { audit } from "../../src/selmix/steering/audit.ts";
import { Draw, policyFromGain } from "../../src/selmix/steering/policy.ts";

const buckets = [0, 1, 2].map((label) => ({ label, group: null }));

describe("metrics", () => {
  test("are those worked out by hand", () => {
    const counts = [8, 1, 1, 2, 6, 2, 5, 1, 4];
    const result = evaluate(talliesFromCounts(counts, buckets, 3), [true, true, false]);
    expect(result.recall).toEqual([0.8, 0.6, 0.4]);
    expect(result.meanRecall).toBeCloseTo(0.6, 12);
    expect(result.minRecall).toBe(0.4);
    expect(result.gMean).toBeCloseTo((0.8 * 0.6 * 0.4) ** (1 / 3), 12);
    expect(result.hMean).toBeCloseTo(3 / (1 / 0.8 + 1 / 0.6 + 1 / 0.4), 12);
    expect(result.minHeadTailRecall).toBeCloseTo(0.4, 12);
    expect(result.coverage).toEqual([0.5, 8 / 30, 7 / 30]);
    expect(result.macroF1).toBeCloseTo((16 / 25 + 12 / 18 + 8 / 17) / 3, 12);
    expect(result.accuracy).toBeCloseTo(0.6, 12);
  });

  test("a bucket without samples is left out, a recall of zero is not", () => {
    const result = evaluate(talliesFromCounts([8, 2, 0, 0, 0, 0, 3, 2, 0], buckets, 3), [true, true, true]);
    expect(result.recall).toEqual([0.8, null, 0]);
    expect(result.meanRecall).toBeCloseTo(0.4, 12);
    expect(result.gMean).toBe(0);
    expect(result.hMean).toBe(0);
  });
});

describe("policy", () => {
  test("is a distribution over allowed pairs, favours larger gains, floors every allowed pair", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 9, maxLength: 9 }),
        fc.tuple(fc.boolean(), fc.boolean()),
        (gain, [first, second]) => {
          const allowed = { first: [true, first, true], second: [true, true, second] };
          const { probabilities, positive } = policyFromGain(gain, 3, 0.3, allowed);
          expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
          let count = 0;
          for (let at = 0; at < 9; at++) {
            const open = allowed.first[Math.floor(at / 3)] && allowed.second[at % 3];
            expect(probabilities[at] > 0).toBe(open);
            if (open && gain[at] > 0) count++;
          }
          expect(positive).toBe(count);
        },
      ),
    );
  });

  test("is uniform when no gain is positive", () => {
    const everyone = [true, true];
    const { probabilities, positive } = policyFromGain([-1, -2, 0, -3], 2, 1, {
      first: everyone,
      second: everyone,
    });
    expect(Array.from(probabilities)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(positive).toBe(0);
  });

  test("draws in proportion, never what has no weight", () => {
    const draw = new Draw([0, 1, 0, 3, 0]);
    const random = new Random(9);
    const counts = new Int32Array(5);
    for (let at = 0; at < 20000; at++) counts[draw.next(random)]++;
    expect(counts[0] + counts[2] + counts[4]).toBe(0);
    expect(counts[3] / counts[1]).toBeGreaterThan(2.8);
    expect(counts[3] / counts[1]).toBeLessThan(3.2);
  });
});

test("softmin puts its weight on the least and never overflows", () => {
  const weights = softmin([0.9, 0.2, 0.21], 1e6);
  expect(Array.from(weights)).toEqual([0, 1, 0]);
  expect(softmin([0.5, 0.5], 50)).toEqual(Float64Array.of(0.5, 0.5));
});

test("the head is the most frequent nine tenths of the classes by counts, not by index", () => {
  const counts = [5, 100, 90, 80, 70, 60, 50, 40, 30, 20];
  expect(
    headByCounts(counts)
      .map((isHead, k) => (isHead ? -1 : k))
      .filter((k) => k >= 0),
  ).toEqual([0]);
  expect(headByCounts([3, 9])).toEqual([false, true]);
});

test("uniform numbers fill the unit interval evenly, streams differ", () => {
  const [a, b] = [new Random(1, 0), new Random(1, 1)];
  const bins = new Int32Array(10);
  for (let at = 0; at < 50000; at++) bins[Math.floor(10 * a.uniform())]++;
  for (const bin of bins) expect(Math.abs(bin - 5000)).toBeLessThan(300);
  expect(new Random(1, 0).next()).not.toBe(b.next());
});

describe("audit", () => {
  test("cycles without a measured change are left out", () => {
    expect(audit([1, 2, 3, 4], [1, 2, 3, null]).cycles).toBe(3);
    expect(audit([1, 2], [1, null]).rankCorrelation).toBeNull();
  });
});
