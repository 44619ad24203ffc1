/** What a search for offsets keeps up to date, leaves out and shares, against a plain search that counts everything anew. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfusionSummary, exactConfusion } from "../../src/selmix/confusion/confusion.ts";
import type { Constraint } from "../../src/selmix/confusion/constraints.ts";
import { rowWeights, weighed } from "../../src/selmix/confusion/population.ts";
import { OffsetSearch } from "../../src/selmix/heads/offsets.ts";
import { type Bucket, type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { Yielder } from "../../src/selmix/schedule.ts";
import { rivalsIn } from "../../src/selmix/steering/rivals.ts";
import { isBetter, type Score, scoreCounts } from "../../src/selmix/steering/score.ts";
import { defaultSettings, goalOf } from "../../src/selmix/steering/settings.ts";
import { type Goal, slacksByBound } from "../../src/selmix/steering/steering.ts";
import { LogitTable } from "../../src/selmix/validation/logitTable.ts";

const perBound: readonly (readonly Constraint[])[] = [
  [],
  [{ metric: "coverage", atLeast: 0.1 }],
  [
    { metric: "recall", atLeast: 0.5 },
    { metric: "accuracy", atLeast: 0.5 },
  ],
  [{ metric: "precision", atLeast: 0.4 }],
  [{ metric: "coverageDifference", atMost: 0.1 }],
  [{ metric: "equalizedOddsDifference", atMost: 0.2 }],
  [
    {
      metric: "accuracyDifference",
      atMost: 0.1,
      attribute: { name: "two of three", byGroup: [0, 1, 0], values: ["a", "b"] },
    },
  ],
];

const cases = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  classes: fc.integer({ min: 2, max: 9 }),
  groups: fc.integer({ min: 1, max: 3 }),
  weights: fc.constantFrom("none", "ofBuckets", "ofRows"),
  objective: fc.constantFrom("meanRecall", "minRecall", "worst5Recall", "gMean", "macroF1"),
  bounds: fc.integer({ min: 0, max: perBound.length - 1 }),
  withLeast: fc.boolean(),
  resampled: fc.boolean(),
  onGrid: fc.boolean(),
});
type Case = typeof cases extends fc.Arbitrary<infer One> ? One : never;

/** A problem with its logits [N,K], a lever [N], and the rows that are searched among. */
function drawn({ seed, classes, groups, weights, resampled, onGrid }: Case) {
  const random = new Random(seed);
  const buckets: Bucket[] = Array.from({ length: classes * groups }, (_unused, b) => ({
    label: Math.floor(b / groups),
    group: groups === 1 ? null : b % groups,
  }));
  const count = 2 * buckets.length + random.integer(40);
  const bucketOf = Int32Array.from({ length: count }, (_unused, row) => row % buckets.length);
  const logits = Float32Array.from({ length: count * classes }, (_unused, at) => {
    const { label } = buckets[bucketOf[Math.floor(at / classes)]];
    const logit = random.uniform() + (at % classes === label ? 0.3 : 0);
    return onGrid ? Math.round(logit * 8) / 8 : logit;
  });
  const set = { rows: rowsInMemory(logits, classes), buckets: bucketOf };
  const share = buckets.map(() => 0.2 + random.uniform());
  const values = bucketOf.map((b) => (weights === "ofRows" ? 1 + random.integer(9) : 1000 * share[b]));
  const counted = weights === "none" ? { buckets, rows: set } : weighed(buckets, set, rowWeights(values));
  const weight = new Float32Array(classes ** 2);
  const problem: Problem = {
    classes,
    buckets: counted.buckets,
    head: { classes, size: classes, weight, bias: new Float32Array(classes) },
    train: set,
    validation: counted.rows,
  };
  const lever = Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
  // No bucket is without rows.
  const again = (at: number) => (at < buckets.length ? at : random.integer(count));
  const rows = Int32Array.from({ length: count }, (_unused, at) => (resampled ? again(at) : at));
  return { problem, logits, lever, rows };
}

function goalFor({ objective, bounds, classes, groups, withLeast }: Case): Goal {
  const isHead = Array.from({ length: classes }, (_unused, k) => k < classes / 2);
  const constraints = groups === 3 || bounds < 4 ? perBound[bounds] : [];
  const goal = goalOf({ ...defaultSettings, objective, constraints, isHead });
  return withLeast ? { ...goal, leastPredicted: new Float64Array(classes).fill(1) } : goal;
}

/** Counts [B,K] of the rows that the largest of logits + offsets + multiples x lever predicts. */
function countsUnder(
  { problem, logits, lever, rows }: ReturnType<typeof drawn>,
  [offsets, multiples]: readonly ArrayLike<number>[],
): Float64Array {
  const { classes, buckets, validation } = problem;
  const counts = new Float64Array(buckets.length * classes);
  for (const row of rows) {
    const logit = (k: number) => logits[row * classes + k] + (offsets[k] + multiples[k] * lever[row]);
    let winner = 0;
    for (let k = 1; k < classes; k++) if (logit(k) > logit(winner)) winner = k;
    counts[validation.buckets[row] * classes + winner] += validation.within?.[row] ?? 1;
  }
  return counts;
}

/** One sweep by counting all rows anew at each of 41 places. */
function plainSweep(
  one: ReturnType<typeof drawn>,
  goal: Goal,
  amounts: Float64Array[],
  reach: number,
  lever: number,
) {
  const { classes, buckets } = one.problem;
  const step = (2 * reach) / 40;
  const scoreAt = (label: number, amount: number): Score => {
    const moved = amounts.map((values, at) =>
      values.map((value, k) => (at === lever && k === label ? value + amount : value)),
    );
    return scoreCounts(countsUnder(one, moved), buckets, classes, goal);
  };
  for (let label = classes === 2 ? 1 : 0; label < classes; label++) {
    const scores = Array.from({ length: 41 }, (_unused, place) => scoreAt(label, (place - 20) * step));
    const best = scores.reduce((most, score) => (isBetter(score, most) ? score : most));
    if (!isBetter(best, scores[20])) continue;
    const isBest = (at: number) => at >= 0 && at < 41 && !isBetter(best, scores[at]);
    const nearest = [...scores.keys()]
      .filter(isBest)
      .sort((a, b) => Math.abs(a - 20) - Math.abs(b - 20) || a - b);
    let [low, high] = [nearest[0], nearest[0]];
    while (isBest(low - 1)) low--;
    while (isBest(high + 1)) high++;
    amounts[lever][label] += (((low + high) >> 1) - 20) * step;
  }
}

describe("a search for offsets", () => {
  test("moves every class as a plain search does, and has the counts and the score of what it added", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const made = drawn({ ...one, onGrid: false });
        const goal = goalFor(one);
        const { problem, logits, lever, rows } = made;
        const table = new LogitTable(logits, problem.classes);
        const search = new OffsetSearch(problem, goal, table, { levers: [lever], rows });
        const amounts = [0, 1].map(() => new Float64Array(problem.classes));
        for (const [reach, along] of [
          [0.7, 0],
          [0.4, 1],
          [0.2, 0],
        ]) {
          await search.sweep(reach, new Yielder(undefined), along);
          plainSweep(made, goal, amounts, reach, along);
          expect(search.amounts).toEqual(amounts);
          expect(Array.from(search.counts)).toEqual(Array.from(countsUnder(made, amounts)));
          expect(search.score).toEqual(scoreCounts(search.counts, problem.buckets, problem.classes, goal));
        }
      }),
      { numRuns: 25 },
    );
  });

  test("says of equal logits what their counts say, however rows come and go", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const { problem, logits, rows } = drawn({ ...one, onGrid: true });
        const goal = goalFor(one);
        const search = new OffsetSearch(problem, goal, new LogitTable(logits, problem.classes), { rows });
        for (const reach of [1, 0.5, 0.25]) {
          const before = search.score;
          await search.sweep(reach, new Yielder(undefined));
          expect(search.score).toEqual(scoreCounts(search.counts, problem.buckets, problem.classes, goal));
          expect(isBetter(before, search.score)).toBe(false);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("is scored by tallies as by the confusion matrix", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const made = drawn(one);
        const goal = goalFor(one);
        const { buckets, classes } = made.problem;
        const none = new Float64Array(classes);
        const counts = countsUnder(made, [none, none]);
        const { violation } = scoreCounts(counts, buckets, classes, { ...goal, leastPredicted: undefined });
        const summary = new ConfusionSummary(exactConfusion(counts, buckets, classes));
        const missed = slacksByBound(summary, goal).map((slacks) =>
          slacks.value.reduce((sum, slack) => sum - Math.min(slack, 0), 0),
        );
        const expected = missed.reduce((sum, amount) => sum + (amount > 1e-9 ? 1 + amount : 0), 0);
        expect(violation).toBeCloseTo(expected, 9);
      }),
    );
  });
});

test("the best rival of a label is the largest of the others, of equal ones the first", () => {
  const logit = fc.integer({ min: -3, max: 3 });
  fc.assert(
    fc.property(
      fc.array(fc.array(logit, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 20 }),
      fc.array(logit, { minLength: 4, maxLength: 4 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
      (rows, offset, stream) => {
        const labels = Int32Array.from(rows, () => stream.next().value);
        const { margins, rivals } = rivalsIn(rows.flat(), labels, 0, 4, Float32Array.from(offset));
        rows.forEach((row, at) => {
          const shifted = row.map((value, k) =>
            k === labels[at] ? Number.NEGATIVE_INFINITY : value + offset[k],
          );
          const most = Math.max(...shifted);
          expect(rivals[at]).toBe(shifted.indexOf(most));
          expect(margins[at]).toBe(row[labels[at]] + offset[labels[at]] - most);
        });
      },
    ),
  );
});
