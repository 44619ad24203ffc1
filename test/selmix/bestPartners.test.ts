/** The best partners of each bucket, seen block by block, against all of G sorted. */
import { describe, expect, test } from "vitest";
import { valueAt } from "../../src/selmix/confusion/matrix.ts";
import { Random } from "../../src/selmix/random.ts";
import { BestPartners } from "../../src/selmix/steering/bestPartners.ts";
import { type Policy, pairDraw, policyFromGain } from "../../src/selmix/steering/policy.ts";

const random = new Random(3);
const matrix = (buckets: number) => Float32Array.from({ length: buckets ** 2 }, () => random.uniform() - 0.4);
const all = (buckets: number) => {
  const every = Array.from({ length: buckets }, () => true);
  return { first: every, second: every };
};

const ownOf = (gain: Float32Array, buckets: number) => gain.filter((_, at) => at % (buckets + 1) === 0);

/** A cycle: what is asked for, in blocks of odd sizes. */
function renewed(best: BestPartners, gain: Float32Array, buckets: number) {
  const { rows, columns } = best.choose(ownOf(gain, buckets));
  for (let from = 0; from < rows.length; from += 37) {
    const some = rows.subarray(from, from + 37);
    for (let column = 0; column < columns.length; column += 41) {
      const others = columns.subarray(column, column + 41);
      const cells = Array.from(some, (i) => Array.from(others, (j) => gain[i * buckets + j]));
      best.take({ values: Float32Array.from(cells.flat()), rows: some, columns: others });
    }
  }
  return { rows: [...rows], columns: [...columns] };
}

/** After the first cycle, and after so many more. */
function seen(gain: Float32Array, buckets: number, more: number, allowed = all(buckets)): BestPartners {
  const best = new BestPartners(buckets, allowed);
  for (let cycle = 0; cycle <= more; cycle++) renewed(best, gain, buckets);
  return best;
}
/** Cycles after the first until all rows have been seen whole. */
const ALL = 6;

/** P of all pairs, where all partners are allowed. */
function sharesOf({ probabilities, anyPartner }: Policy, buckets: number): number[] {
  if (!("layout" in probabilities)) throw new Error("all pairs are there");
  return Array.from({ length: buckets ** 2 }, (_, at) => {
    const i = Math.floor(at / buckets);
    return valueAt(probabilities, i, at % buckets) + (anyPartner?.[i] ?? 0) / buckets;
  });
}

/** sum P o G of what stands. */
function promisedBy(best: BestPartners, gain: Float32Array, buckets: number): number {
  const { policy } = best.policy(best.gain(), 0.2);
  return sharesOf(policy, buckets).reduce((sum, share, at) => sum + share * gain[at], 0);
}

describe("of 200 buckets", () => {
  const buckets = 200;
  const gain = matrix(buckets);

  test.each([
    ["every third partner", 0],
    ["all partners", ALL],
  ])("the 64 best of each among %s are kept, in the order of their numbers", (_words, more) => {
    const kept = seen(gain, buckets, more).gain();
    for (let i = 0; i < buckets; i++) {
      const row = gain.subarray(i * buckets, (i + 1) * buckets);
      const expected = Array.from(row.keys())
        .filter((j) => more > 0 || j % 3 === 0)
        .sort((a, b) => row[b] - row[a])
        .slice(0, 64)
        .sort((a, b) => a - b);
      const [start, end] = [kept.layout.start(i), kept.layout.start(i + 1)];
      const found = Array.from({ length: end - start }, (_, at) => kept.layout.column(start + at, start));
      expect(found).toEqual(expected);
      expect(Array.from(kept.values.subarray(start, end))).toEqual(expected.map((j) => row[j]));
    }
  });

  test("after the first cycle what was not seen counts as what was", () => {
    const best = seen(gain, buckets, 0);
    const { policy, expectedGain } = best.policy(best.gain(), 0.2);
    const positive = gain.filter((value) => value > 0).length;
    expect(policy.positive / positive).toBeGreaterThan(0.98);
    expect(policy.positive / positive).toBeLessThan(1.02);
    expect(sharesOf(policy, buckets).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(expectedGain / promisedBy(best, gain, buckets)).toBeGreaterThan(0.97);
    expect(expectedGain / promisedBy(best, gain, buckets)).toBeLessThan(1.03);
  });

  test("what is drawn and what it promises add up over all pairs", () => {
    const best = seen(gain, buckets, ALL);
    const kept = best.gain();
    const { policy, expectedGain } = best.policy(kept, 0.2);
    expect(policy.positive).toBe(gain.filter((value) => value > 0).length);
    const total = sharesOf(policy, buckets).reduce((sum, share) => sum + share, 0);
    expect(total).toBeCloseTo(1, 9);
    expect(expectedGain).toBeCloseTo(promisedBy(best, gain, buckets), 9);
  });

  test("all rows are renewed at first, then those that matter most and those that waited, the others moving with their own gains", () => {
    const best = new BestPartners(buckets, all(buckets));
    const first = renewed(best, gain, buckets);
    expect(first.rows).toEqual(Array.from({ length: buckets }, (_, b) => b));
    expect(first.columns).toHaveLength(67);
    for (let cycle = 0; cycle < ALL; cycle++) renewed(best, gain, buckets);
    const before = best.gain();
    // Every row is raised by an amount of its own, the last ones most.
    const raised = gain.map((value, at) => value + Math.floor(at / buckets) / 4);
    const turns = Array.from({ length: 6 }, () => {
      const { rows, columns } = renewed(best, raised, buckets);
      expect(columns).toHaveLength(buckets);
      const { layout, values } = best.gain();
      for (let i = 0; i < buckets; i++)
        for (let at = layout.start(i); at < layout.start(i + 1); at++)
          expect(values[at]).toBeCloseTo(before.values[at] + i / 4, 4);
      const { expectedGain } = best.policy(best.gain(), 0.2);
      expect(expectedGain).toBeCloseTo(promisedBy(best, raised, buckets), 4);
      return rows;
    });
    const own = ownOf(raised, buckets);
    const byOwn = Array.from(own.keys()).sort((a, b) => own[b] - own[a]);
    for (const rows of turns) {
      expect(rows).toHaveLength(68);
      expect(rows).toEqual(expect.arrayContaining(byOwn.slice(0, 34)));
    }
    expect(new Set(turns.slice(0, 5).flat()).size).toBe(buckets);
  });
});

test("of few buckets the policy is that of all pairs", () => {
  const buckets = 50;
  const gain = matrix(buckets);
  const allowed = {
    first: all(buckets).first.map((_, b) => b !== 7),
    second: all(buckets).second.map((_, b) => b % 9 !== 2),
  };
  const best = seen(gain, buckets, ALL, allowed);
  const { policy } = best.policy(best.gain(), 0.1);
  const expected = policyFromGain(gain, buckets, 0.1, allowed);
  expect(policy.positive).toBe(expected.positive);
  const partners = allowed.second.filter(Boolean).length;
  if (!("layout" in policy.probabilities)) throw new Error("all pairs are there");
  for (let i = 0; i < buckets; i++)
    for (let j = 0; j < buckets; j++) {
      const alike = allowed.second[j] ? (policy.anyPartner?.[i] ?? 0) / partners : 0;
      expect(valueAt(policy.probabilities, i, j) + alike).toBeCloseTo(
        expected.probabilities[i * buckets + j],
        12,
      );
    }
});

test("of many buckets each is drawn first about as often as by all pairs, the best partners as often as they would be", () => {
  const buckets = 300;
  // Rows that matter unlike, as classes do.
  const gain = matrix(buckets).map(
    (value, at) => value * (0.2 + 0.8 * random.uniform()) + (Math.floor(at / buckets) % 5) / 10 - 0.2,
  );
  const best = seen(gain, buckets, ALL);
  const { policy } = best.policy(best.gain(), 0.25);
  const { probabilities: expected } = policyFromGain(gain, buckets, 0.25, all(buckets));
  const shares = sharesOf(policy, buckets);
  const { probabilities } = policy;
  if (!("layout" in probabilities)) throw new Error("all pairs are there");
  for (let i = 0; i < buckets; i++) {
    const row = (values: ArrayLike<number>) =>
      Array.from({ length: buckets }, (_, j) => values[i * buckets + j]).reduce((sum, one) => sum + one, 0);
    expect(row(shares) / row(expected)).toBeGreaterThan(0.99);
    expect(row(shares) / row(expected)).toBeLessThan(1.01);
    const [start, end] = [probabilities.layout.start(i), probabilities.layout.start(i + 1)];
    for (let at = start; at < end; at++) {
      if (gain[i * buckets + probabilities.layout.column(at, start)] <= 0) continue;
      const wanted = expected[i * buckets + probabilities.layout.column(at, start)];
      expect(probabilities.values[at] / wanted).toBeGreaterThan(0.9);
      expect(probabilities.values[at] / wanted).toBeLessThan(1.05);
    }
  }
});

describe("pairs are drawn", () => {
  const buckets = 4;
  const allowed = { first: [true, true, false, true], second: [true, false, true, true] };

  test("as often as the policy says", () => {
    const gain = matrix(buckets);
    const best = seen(gain, buckets, ALL, allowed);
    const { policy } = best.policy(best.gain(), 0.3);
    const expected = policyFromGain(gain, buckets, 0.3, allowed).probabilities;
    const draw = pairDraw(policy, allowed.second);
    const counts = new Float64Array(buckets ** 2);
    const draws = 200_000;
    for (let at = 0; at < draws; at++) counts[draw.next(random)]++;
    for (const [cell, share] of expected.entries()) {
      const error = Math.sqrt((share * (1 - share)) / draws);
      expect(Math.abs(counts[cell] / draws - share)).toBeLessThanOrEqual(5 * error + 1e-9);
    }
  });

  test("evenly where no gain is positive", () => {
    const best = seen(new Float32Array(buckets ** 2).fill(-1), buckets, 0, allowed);
    const { policy, expectedGain } = best.policy(best.gain(), 1);
    expect(policy.positive).toBe(0);
    expect(policy.anyPartner).toEqual(Float64Array.of(1 / 3, 1 / 3, 0, 1 / 3));
    expect(expectedGain).toBeCloseTo(-1, 12);
    const draw = pairDraw(policy, allowed.second);
    const drawn = new Set(Array.from({ length: 500 }, () => draw.next(random)));
    const cells = [0, 2, 3, 4, 6, 7, 12, 14, 15];
    expect([...drawn].sort((a, b) => a - b)).toEqual(cells);
  });
});
