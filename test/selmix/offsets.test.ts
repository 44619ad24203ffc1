import { beforeAll, describe, expect, test } from "vitest";
import { countPredictions, talliesFromCounts } from "../../src/selmix/confusion/tallies.ts";
import { inConditionedCoordinates } from "../../src/selmix/heads/conditioning.ts";
import { groupScores, valuesOf } from "../../src/selmix/heads/groupScores.ts";
import { OffsetSearch } from "../../src/selmix/heads/offsets.ts";
import { baggedBias, tuneBias } from "../../src/selmix/heads/tunedBias.ts";
import type { Problem } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { Yielder } from "../../src/selmix/schedule.ts";
import { leastPredictions, scoreCounts } from "../../src/selmix/steering/score.ts";
import { defaultSettings, goalOf, type TuneSettings } from "../../src/selmix/steering/settings.ts";
import { evaluatorInArrays } from "../../src/selmix/validation/arrays.ts";
import { allLogits } from "../../src/selmix/validation/evaluator.ts";
import { LogitTable } from "../../src/selmix/validation/logitTable.ts";
import { smallProblem } from "./blobs.ts";

function settings(problem: Problem, changes: Partial<TuneSettings> = {}): TuneSettings {
  const isHead = Array.from({ length: problem.classes }, (_unused, k) => k < problem.classes - 1);
  return { ...defaultSettings, objective: "minRecall", isHead, ...changes };
}

async function scoreOf(problem: Problem, head: Problem["head"], chosen: TuneSettings) {
  const [predictions] = await evaluatorInArrays().features(problem.validation.rows, head).predict([head]);
  const { buckets, classes, validation } = problem;
  const counts = countPredictions(predictions, validation.buckets, buckets.length, classes);
  return scoreCounts(counts, buckets, classes, goalOf(chosen));
}

describe("offsets", () => {
  test.each(["meanRecall", "minRecall", "hMean", "macroF1"] as const)(
    "tuned for %s are never for the worse, and the head has the score that was found",
    async (objective) => {
      const problem = smallProblem();
      const chosen = settings(problem, { objective });
      const before = await scoreOf(problem, problem.head, chosen);
      const { head, score } = await tuneBias(problem, problem.head, goalOf(chosen), evaluatorInArrays());
      expect(score.value).toBeGreaterThanOrEqual(before.value);
      expect(await scoreOf(problem, head, chosen)).toEqual(score);
    },
  );

  test("of two classes come near the best of all thresholds", async () => {
    const problem = smallProblem({ classes: 2, trainCounts: [300, 10] });
    const chosen = settings(problem, { objective: "meanRecall" });
    const goal = goalOf(chosen);
    const logits = await allLogits(
      evaluatorInArrays().features(problem.validation.rows, problem.head),
      problem.head,
    );
    const margins = Array.from({ length: 200 }, (_unused, row) => logits[2 * row] - logits[2 * row + 1]);
    const best = Math.max(
      ...margins.map((threshold) => {
        const counts = [0, 0, 0, 0];
        margins.forEach((margin, row) => {
          counts[2 * problem.validation.buckets[row] + (margin < threshold ? 1 : 0)]++;
        });
        return scoreCounts(counts, problem.buckets, 2, goal).value;
      }),
    );
    const { score } = await tuneBias(problem, problem.head, goal, evaluatorInArrays());
    expect(score.value).toBeGreaterThan(best - 0.011);
  });

  test("a sweep along a lever finds what brute force along it finds", async () => {
    const problem = smallProblem();
    const goal = goalOf(settings(problem, { objective: "meanRecall" }));
    const random = new Random(5);
    const rows = problem.validation.rows.count;
    const logits = Float32Array.from({ length: rows * 5 }, () => random.uniform());
    const lever = Float32Array.from({ length: rows }, () => 2 * random.uniform() - 1);
    for (const label of [0, 4]) {
      const search = new OffsetSearch(problem, goal, new LogitTable(logits, 5), { levers: [lever] });
      const before = search.score.value;
      await search.sweep(0.8, new Yielder(undefined), 1);
      const after = new OffsetSearch(
        problem,
        goal,
        new LogitTable(
          logits.map((value, at) => value + search.amounts[1][at % 5] * lever[Math.floor(at / 5)]),
          5,
        ),
      );
      expect(after.score.value).toBeCloseTo(search.score.value, 12);
      expect(search.score.value).toBeGreaterThanOrEqual(before);
      expect(label).toBeLessThan(5);
    }
  });

  test("of many classes are given up within a sweep when a cancel comes", async () => {
    const classes = 200;
    const trainCounts = new Array<number>(classes).fill(2);
    const problem = smallProblem({ classes, trainCounts, validationPerBucket: 3 });
    // Under a bound every place that is tried takes a look at all counts.
    const goal = goalOf(settings(problem, { constraints: [{ metric: "coverage", atLeast: 0.001 }] }));
    const controller = new AbortController();
    setImmediate(() => controller.abort(new Error("enough")));
    const tuned = tuneBias(problem, problem.head, goal, evaluatorInArrays(), [], controller.signal);
    await expect(tuned).rejects.toThrow("enough");
  });

  test("bagged, are the same for the same seed", async () => {
    const problem = smallProblem();
    const goal = goalOf(settings(problem));
    const made = (seed: number) => baggedBias(problem, problem.head, goal, evaluatorInArrays(), seed);
    expect((await made(1)).bias).toEqual((await made(1)).bias);
    expect((await made(1)).bias).not.toEqual((await made(2)).bias);
  });
});

describe("group scores", () => {
  let problem: Problem;
  beforeAll(() => {
    problem = inConditionedCoordinates(smallProblem({ groups: 2, validationPerBucket: 200 })).problem;
  });

  test("tell groups apart, more so than any single feature", () => {
    const [score] = groupScores(problem, "sameLabel");
    const values = valuesOf(score, problem.validation.rows);
    const means = [0, 1].map((group) => {
      const own = values.filter(
        (_value, row) => problem.buckets[problem.validation.buckets[row]].group === group,
      );
      return own.reduce((sum, value) => sum + value, 0) / own.length;
    });
    expect(means[0] - means[1]).toBeGreaterThan(0.3);
  });

  test("let offsets keep a bound between groups that offsets alone miss or pay more for", async () => {
    const chosen = settings(problem, {
      objective: "meanRecall",
      constraints: [{ metric: "coverageDifference", atMost: 0.02 }],
    });
    const goal = goalOf(chosen);
    const alone = await tuneBias(problem, problem.head, goal, evaluatorInArrays());
    const scores = groupScores(problem, "all");
    const together = await tuneBias(problem, problem.head, goal, evaluatorInArrays(), scores);
    expect(await scoreOf(problem, together.head, chosen)).toEqual(together.score);
    expect(together.score.violation).toBeLessThanOrEqual(alone.score.violation);
    if (alone.score.violation === together.score.violation)
      expect(together.score.value).toBeGreaterThanOrEqual(alone.score.value);
  });
});

test("a head that gives a class up comes after all that only miss a bound", () => {
  const buckets = [0, 1].flatMap((label) => [0, 1].map((group) => ({ label, group })));
  const checkpoint = [80, 20, 70, 30, 40, 60, 20, 80];
  const constant = [100, 0, 100, 0, 100, 0, 100, 0];
  const base = settings(smallProblem({ classes: 2, trainCounts: [10, 10], groups: 2 }), {
    objective: "meanRecall",
    constraints: [{ metric: "coverageDifference", atMost: 0.01 }],
  });
  const leastPredicted = leastPredictions(talliesFromCounts(checkpoint, buckets, 2));
  const goal = goalOf({ ...base, leastPredicted });
  expect(scoreCounts(constant, buckets, 2, goalOf(base)).violation).toBe(0);
  const [own, given] = [checkpoint, constant].map((counts) => scoreCounts(counts, buckets, 2, goal));
  expect(own.violation).toBeGreaterThan(0);
  expect(given.violation).toBeGreaterThan(own.violation);
});
