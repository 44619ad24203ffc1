/** Offsets tuned on rows where there is nothing to be known look good there, and are worth nothing by fits that left the row out. */
import { expect, test } from "vitest";
import { countPredictions } from "../../src/selmix/confusion/tallies.ts";
import { crossFittedOffsets } from "../../src/selmix/heads/crossFit.ts";
import { groupScores } from "../../src/selmix/heads/groupScores.ts";
import { baggedBias, tuneBias } from "../../src/selmix/heads/tunedBias.ts";
import { type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { scoreCounts } from "../../src/selmix/steering/score.ts";
import { defaultSettings, goalOf } from "../../src/selmix/steering/settings.ts";
import { evaluatorInArrays } from "../../src/selmix/validation/arrays.ts";

const [classes, size, count] = [4, 3, 120];

/** Features of two groups, with labels drawn apart from them. */
function noise(seed: number): Problem {
  const random = new Random(seed);
  const numbers = (length: number) => Float32Array.from({ length }, () => random.uniform() - 0.5);
  const buckets = [0, 1].flatMap((group) =>
    Array.from({ length: classes }, (_unused, label) => ({ label, group })),
  );
  const bucketOf = Int32Array.from({ length: count }, () => random.integer(buckets.length));
  const values = numbers(count * size).map(
    (value, at) => value + (buckets[bucketOf[Math.floor(at / size)]].group ?? 0) * 0.5,
  );
  const set = { rows: rowsInMemory(values, size), buckets: bucketOf };
  const head = { classes, size, weight: numbers(classes * size), bias: numbers(classes) };
  return { classes, buckets, head, train: set, validation: set };
}

const goal = goalOf({
  ...defaultSettings,
  objective: "meanRecall",
  isHead: Array.from({ length: classes }, () => true),
});
const evaluator = evaluatorInArrays();

async function predictionsOf({ validation }: Problem, head: Problem["head"]): Promise<Int32Array> {
  const features = evaluator.features(validation.rows, head);
  const [predictions] = await features.predict([head]);
  features.dispose();
  return predictions;
}

test.each([
  ["tuned once", false, false],
  ["tuned on resampled sets", true, false],
  ["tuned with multiples of group scores", false, true],
])(
  "offsets that were %s",
  async (_words, bagged, grouped) => {
    let [onOwnRows, left] = [0, 0];
    const seeds = Array.from({ length: 80 }, (_unused, at) => 100 + at);
    for (const seed of seeds) {
      const problem = noise(seed);
      const scores = grouped ? groupScores(problem, "sameLabel") : [];
      expect(scores.length).toBe(grouped ? 1 : 0);
      const value = (predictions: Int32Array) => {
        const { buckets, validation } = problem;
        const counts = countPredictions(predictions, validation.buckets, buckets.length, classes);
        return scoreCounts(counts, buckets, classes, goal).value / seeds.length;
      };
      const head = bagged
        ? await baggedBias(problem, problem.head, goal, evaluator, seed)
        : (await tuneBias(problem, problem.head, goal, evaluator, scores)).head;
      const tuning = { base: problem.head, goal, scores, bagged };
      onOwnRows += value(await predictionsOf(problem, head));
      left += value(await crossFittedOffsets(problem, tuning, evaluator, seed));
    }
    // A share of 9600 rows has a standard error of 0.44 points.
    expect(Math.abs(left - 1 / classes)).toBeLessThan(0.0135);
    expect(onOwnRows).toBeGreaterThan(left + 0.01);
  },
  60_000,
);
