/** A population in which one direction cannot make both kinds of mistakes alike between two groups, though two can. */
import { describe, expect, test } from "vitest";
import { countPredictions } from "../../src/selmix/confusion/tallies.ts";
import { boundedRefits } from "../../src/selmix/heads/boundedRefit.ts";
import { inConditionedCoordinates } from "../../src/selmix/heads/conditioning.ts";
import { groupScores } from "../../src/selmix/heads/groupScores.ts";
import { SoftPredictions, softmax } from "../../src/selmix/heads/softPredictions.ts";
import { tuneBias } from "../../src/selmix/heads/tunedBias.ts";
import { type Head, type LabelledRows, type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { scoreCounts } from "../../src/selmix/steering/score.ts";
import { defaultSettings, goalOf, type TuneSettings } from "../../src/selmix/steering/settings.ts";
import { evaluatorInArrays } from "../../src/selmix/validation/arrays.ts";

const buckets = [0, 1].flatMap((label) => [0, 1].map((group) => ({ label, group })));
const size = 6;

function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

/** The label moves the first three features, the group others: not the same ones among the rows of either label. */
function sample(rowsOf: readonly number[], seed: number): LabelledRows {
  const random = new Random(seed);
  const bucketOf = Int32Array.from(rowsOf.flatMap((rows, b) => new Array<number>(rows).fill(b)));
  const values = new Float32Array(bucketOf.length * size);
  bucketOf.forEach((bucket, row) => {
    const { label, group } = buckets[bucket];
    const means = [0.9 * label, 0.6 * label + 0.9 * group * (1 - label), 0.6 * label + 0.9 * group * label];
    const shown = [...means, group * label, group * (1 - label), 0];
    for (let i = 0; i < size; i++) values[row * size + i] = shown[i] + gaussian(random);
  });
  return { rows: rowsInMemory(values, size), buckets: bucketOf };
}

function population(seed: number): { problem: Problem; fresh: LabelledRows } {
  const weight = Float32Array.from([0, 0, 0, 0, 0, 0, 0.9, 0.6, 0.6, 0, 0, 0]);
  const head = { classes: 2, size, weight, bias: Float32Array.of(0, -2.5) };
  const train = sample([3000, 1500, 400, 600], seed);
  const validation = sample([800, 800, 800, 800], seed + 1);
  const { problem } = inConditionedCoordinates({ classes: 2, buckets, head, train, validation });
  // In the same coordinates.
  const withFresh = {
    classes: 2,
    buckets,
    head,
    train,
    validation: sample([9000, 9000, 9000, 9000], seed + 2),
  };
  return { problem, fresh: inConditionedCoordinates(withFresh).problem.validation };
}

const settings: TuneSettings = {
  ...defaultSettings,
  objective: "meanRecall",
  constraints: [{ metric: "equalizedOddsDifference", atMost: 0.03 }],
  isHead: [true, false],
};
const goal = goalOf(settings);

async function scoreOn({ rows, buckets: bucketOf }: LabelledRows, head: Head) {
  const [predictions] = await evaluatorInArrays().features(rows, head).predict([head]);
  return scoreCounts(countPredictions(predictions, bucketOf, buckets.length, 2), buckets, 2, goal);
}

describe("under equalized odds", () => {
  test.each([1, 2, 3])(
    "refits come near the bounds where offsets pay more for them, draw %i",
    async (seed) => {
      const { problem, fresh } = population(10 * seed);
      const refits = await boundedRefits(problem, goal);
      const scores = await Promise.all(refits.map((head) => scoreOn(fresh, head)));
      const offsets = await tuneBias(problem, problem.head, goal, evaluatorInArrays());
      const byOffsets = await scoreOn(fresh, offsets.head);
      expect(offsets.score.violation).toBe(0);
      const [free, strictest] = [scores[0], scores[scores.length - 1]];
      expect(strictest.value).toBeGreaterThan(byOffsets.value + 0.1);
      // A bound that is missed counts 1 and what it is missed by: gaps of 600 rows have standard errors of .03.
      expect(strictest.violation).toBeLessThan(1.08);
      // What the bounds cost is paid little by little.
      expect(free.value).toBeGreaterThan(strictest.value);
      expect(free.violation).toBeGreaterThan(strictest.violation);
    },
  );

  test("scores of each label, tuned together, keep both bounds for less than one score does", async () => {
    const { problem, fresh } = population(50);
    const one = await tuneBias(
      problem,
      problem.head,
      goal,
      evaluatorInArrays(),
      groupScores(problem, "sameLabel"),
    );
    const each = groupScores(problem, "eachLabel");
    expect(each).toHaveLength(2);
    const two = await tuneBias(problem, problem.head, goal, evaluatorInArrays(), each);
    expect([one.score.violation, two.score.violation]).toEqual([0, 0]);
    expect(two.score.value).toBeGreaterThan(one.score.value + 0.1);
    const [byOne, byTwo] = [await scoreOn(fresh, one.head), await scoreOn(fresh, two.head)];
    expect(byTwo.value).toBeGreaterThan(byOne.value + 0.1);
    expect(byTwo.violation).toBeLessThan(1.05);
  });
});

test("slopes of soft predictions are what likelihood and soft confusion change by", () => {
  const random = new Random(4);
  const [classes, width] = [3, 4];
  const three = [0, 1, 2].map((label) => ({ label, group: null, weight: [1, 3, 0.5][label] }));
  const bucketOf = Int32Array.from({ length: 30 }, () => random.integer(3));
  const values = Float32Array.from({ length: 30 * width }, () => gaussian(random));
  const rows = { rows: rowsInMemory(values, width), buckets: bucketOf };
  const head: Head = {
    ...{ classes, size: width },
    weight: Float32Array.from({ length: classes * width }, () => gaussian(random)),
    bias: Float32Array.from({ length: classes }, () => gaussian(random)),
  };
  const problem: Problem = { classes, buckets: three, head, train: rows, validation: rows };
  const soft = new SoftPredictions(problem, { values, buckets: bucketOf });
  const temperature = 0.7;
  const derivatives = {
    // A right row of class 0 is worth 2, one of class 1 nothing, one of class 2 half.
    objective: Float64Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0.5),
    bounds: Float64Array.from({ length: 9 }, () => random.uniform()),
  };
  const worth = [2, 0, 0.5];
  const total = bucketOf.reduce((sum, b) => sum + three[b].weight, 0);
  const value = (own: Head) => {
    const logits = soft.logits(own);
    const [sure, wide] = [softmax(logits, classes, 1), softmax(logits, classes, temperature)];
    const likelihood = bucketOf.reduce(
      (sum, b, row) => sum + (three[b].weight * worth[b] * Math.log(sure[b * 30 + row])) / total,
      0,
    );
    const { joint } = soft.confusion(wide);
    return joint.reduce((sum, share, at) => sum + share * derivatives.bounds[at], likelihood);
  };
  const logits = soft.logits(head);
  const [sure, wide] = [softmax(logits, classes, 1), softmax(logits, classes, temperature)];
  const gradient = soft.gradient(soft.slopes(sure, wide, temperature, derivatives));
  expect(Math.max(...gradient)).toBeGreaterThan(0.01);
  for (let at = 0; at < gradient.length; at++) {
    const [more, less] = [1e-3, -1e-3].map((change) => {
      const parameters = [...head.weight, ...(head.bias ?? [])].map((one, i) =>
        i === at ? one + change : one,
      );
      const split = classes * width;
      return value({
        ...head,
        weight: Float32Array.from(parameters.slice(0, split)),
        bias: Float32Array.from(parameters.slice(split)),
      });
    });
    expect(gradient[at]).toBeCloseTo((more - less) / 2e-3, 3);
  }
});

test("a refit needs rows of everybody in train, and stops when asked to", async () => {
  const { problem } = population(1);
  const train = sample([300, 0, 40, 60], 1);
  expect(await boundedRefits({ ...problem, train }, goal)).toEqual([]);
  await expect(boundedRefits(problem, goal, AbortSignal.abort(new Error("stopped")))).rejects.toThrow(
    "stopped",
  );
});
