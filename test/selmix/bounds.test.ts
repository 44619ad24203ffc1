import { beforeAll, describe, expect, test } from "vitest";
import { exactConfusion } from "../../src/selmix/confusion/confusion.ts";
import { groupedTallies } from "../../src/selmix/confusion/talliedSummary.ts";
import { countPredictions } from "../../src/selmix/confusion/tallies.ts";
import { marginsOf } from "../../src/selmix/estimates/margins.ts";
import { inConditionedCoordinates } from "../../src/selmix/heads/conditioning.ts";
import { crossFitterOf, type Tuning } from "../../src/selmix/heads/crossFit.ts";
import { baggedBias, tuneBias } from "../../src/selmix/heads/tunedBias.ts";
import { type Head, type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { Memory } from "../../src/selmix/steering/memory.ts";
import { scoreCounts, scoreTallies } from "../../src/selmix/steering/score.ts";
import { defaultSettings, goalOf, type TuneSettings } from "../../src/selmix/steering/settings.ts";
import { tensors } from "../../src/selmix/tensors/tensors.ts";
import { Course, type CycleReport } from "../../src/selmix/training/course.ts";
import { HeadRun } from "../../src/selmix/training/headRun.ts";
import { bestOf } from "../../src/selmix/training/pool.ts";
import { tune } from "../../src/selmix/training/tune.ts";
import { Validation } from "../../src/selmix/validation/validation.ts";
import { marginPriceText } from "../../src/words/constraints.ts";
import { whole } from "../support/whole.ts";
import { useBackend } from "./backend.ts";
import { smallProblem } from "./blobs.ts";

beforeAll(() => useBackend("wasm"));

function settings(problem: Problem, changes: Partial<TuneSettings> = {}): TuneSettings {
  const isHead = Array.from({ length: problem.classes }, (_unused, k) => k < problem.classes - 1);
  return { ...defaultSettings, objective: "meanRecall", isHead, ...changes };
}

async function countsOf({ buckets, classes }: Problem, set: Problem["validation"], head: Head) {
  const features = tensors.features(set.rows, head);
  const [predictions] = await features.predict([head]);
  features.dispose();
  return countPredictions(predictions, set.buckets, buckets.length, classes);
}

describe("margins", () => {
  const look = async (problem: Problem) => {
    const validation = new Validation(problem, tensors);
    const seen = await validation.look(problem.head, 0);
    validation.dispose();
    return seen;
  };

  test("are 1.645 standard errors of a share, and of a difference of two", async () => {
    const problem = smallProblem({ groups: 2, validationPerBucket: 200 });
    const bounds = settings(problem, {
      constraints: [
        { metric: "recall", classes: [0], atLeast: 0.5 },
        { metric: "recallDifference", classes: [0], atMost: 0.2 },
      ],
    });
    const seen = await look(problem);
    const [ofShare, ofDifference] = marginsOf(seen, problem, goalOf(bounds));
    const rate = (b: number) => whole(seen.counts)[5 * b] / 200;
    const [first, second] = [rate(0), rate(5)];
    const mean = (first + second) / 2;
    expect(ofShare).toBeCloseTo(1.645 * Math.sqrt((mean * (1 - mean)) / 400), 2);
    const variance = (first * (1 - first) + second * (1 - second)) / 200;
    expect(ofDifference).toBeCloseTo(1.645 * Math.sqrt(variance), 2);
  });

  test("are none where they would take all that the bound allows", async () => {
    const problem = smallProblem({ groups: 2, validationPerBucket: 10 });
    const bounds = settings(problem, { constraints: [{ metric: "recallDifference", atMost: 0.02 }] });
    expect(Math.max(...marginsOf(await look(problem), problem, goalOf(bounds)))).toBeLessThan(0.02);
  });
});

describe("the price of margins", () => {
  const priceIn = async (margin: TuneSettings["margin"], bound: number) => {
    const problem = smallProblem({ validationPerBucket: 60 });
    const constraints = [{ metric: "coverage", atLeast: bound }] as const;
    const chosen = settings(problem, { constraints, margin, steps: 20 });
    return { problem, chosen, outcome: await tune(problem, chosen) };
  };

  test("is what offsets could gain without them", async () => {
    const { problem, chosen, outcome } = await priceIn("auto", 0.17);
    const { problem: conditioned } = inConditionedCoordinates(problem);
    const free = await tuneBias(conditioned, conditioned.head, goalOf(chosen), tensors);
    const counts = await countsOf(problem, problem.validation, outcome.tunedStart?.head ?? problem.head);
    const { value } = scoreCounts(counts, problem.buckets, 5, goalOf(chosen));
    expect(outcome.start.tau).toBe(0);
    expect(outcome.marginPrice).toBeGreaterThan(0.005);
    expect(outcome.marginPrice).toBeCloseTo(free.score.value - value, 12);
  });

  test("is not known without margins", async () => {
    expect((await priceIn(0, 0.17)).outcome.marginPrice).toBeNull();
  });

  test("is told where there is one", () => {
    expect(marginPriceText("meanRecall", 0.0004)).toBeNull();
    expect(marginPriceText("meanRecall", 0.0123)).toMatch(
      /costs about 1\.2 points of mean recall on validation/,
    );
  });
});

describe("heads of other bounds", () => {
  const constraints = [{ metric: "coverage", atLeast: 0.17 }] as const;

  test("are the start where their offsets are best, by the name of who trained them, and are judged by offsets tuned anew", async () => {
    const good = smallProblem({ validationPerBucket: 100 });
    const random = new Random(5);
    const spoiled = good.head.weight.map((value) => value + 1.5 * (random.uniform() - 0.5));
    const problem = { ...good, head: { ...good.head, weight: spoiled } };
    const bounds = settings(problem, { constraints, steps: 20 });
    const usual = await tune(problem, bounds);
    const base = { head: good.head, method: "selmixOffsets" } as const;
    const outcome = await tune(problem, bounds, {}, tensors, [base]);
    expect(outcome.score.violation).toBe(0);
    expect(outcome.score.value).toBeGreaterThan(usual.score.value);
    expect(outcome.method).toBe("selmixOffsets");
    // What others may start from has none of the offsets that were tuned here.
    expect(outcome.base?.head.bias).not.toEqual(outcome.head.bias);
    const fitted = await outcome.crossFit?.();
    expect(fitted).toHaveLength(problem.validation.rows.count);
  });

  test("change nothing where they are no better", async () => {
    const problem = smallProblem({ validationPerBucket: 100 });
    const bounds = settings(problem, { constraints, steps: 20 });
    const usual = await tune(problem, bounds);
    const poor = { ...problem.head, weight: problem.head.weight.map(() => 0) };
    const outcome = await tune(problem, bounds, {}, tensors, [{ head: poor, method: "selmixOffsets" }]);
    expect(outcome.head).toEqual(usual.head);
    expect(outcome.method).toBe(usual.method);
  });
});

test("a score is not looked at further where it cannot be as good as its rival", () => {
  const problem = smallProblem();
  const goal = goalOf(settings(problem, { constraints: [{ metric: "recall", atLeast: 0.5 }] }));
  const counts = problem.buckets.flatMap((_, b) => problem.buckets.map((__, k) => (b === k ? 9 : 1)));
  const plain = scoreCounts(counts, problem.buckets, problem.classes, goal);
  const tallies = groupedTallies(counts, problem.buckets, problem.classes);
  const against = (value: number, violation: number) => scoreTallies(tallies, goal, { value, violation });
  expect(against(plain.value + 0.01, 0)).toEqual({ value: plain.value, violation: Number.POSITIVE_INFINITY });
  // As good as its rival, or against one that misses a bound, it is counted in full.
  expect(against(plain.value, 0)).toEqual(plain);
  expect(against(plain.value + 0.01, 1)).toEqual(plain);
});

describe("the pool", () => {
  test("answers with a feasible head where SelMix's own is not, and names who made it", async () => {
    const problem = smallProblem();
    const chosen = settings(problem, { constraints: [{ metric: "coverage", atLeast: 0.12 }] });
    const validation = new Validation(problem, tensors);
    const spread = await validation.spread(problem.head);
    const goal = goalOf(chosen);
    const { head: other } = await tuneBias(problem, problem.head, goal, tensors);
    const pool = [
      { method: "selmix", head: problem.head, tuning: null },
      { method: "tunedBias", head: other, tuning: null },
    ] as const;
    const violations = await Promise.all(
      pool.map(async ({ head }) => {
        const counts = await countsOf(problem, problem.validation, head);
        return scoreCounts(counts, problem.buckets, 5, goal).violation;
      }),
    );
    expect(violations[0]).toBeGreaterThan(0);
    expect(violations[1]).toBe(0);
    expect(
      (await bestOf(pool, problem, chosen, validation, spread, crossFitterOf(problem, tensors, 0))).method,
    ).toBe("tunedBias");
    validation.dispose();
  });

  test("keeps SelMix's own answer where another is better by no more than chance", async () => {
    const problem = smallProblem();
    const chosen = settings(problem);
    const validation = new Validation(problem, tensors);
    const spread = await validation.spread(problem.head);
    const nearly = { ...problem.head, bias: problem.head.bias?.map((value, k) => value + 0.02 * k) ?? null };
    const pool = [
      { method: "selmix", head: problem.head, tuning: null },
      { method: "tunedBias", head: nearly, tuning: null },
    ] as const;
    const [own, other] = await Promise.all(
      pool.map(async ({ head }) => whole((await validation.look(head, spread)).smooth)),
    );
    const value = (smooth: Float64Array) => scoreCounts(smooth, problem.buckets, 5, goalOf(chosen)).value;
    expect(value(other)).toBeGreaterThan(value(own));
    expect(
      (await bestOf(pool, problem, chosen, validation, spread, crossFitterOf(problem, tensors, 0))).method,
    ).toBe("selmix");
    validation.dispose();
  });

  test("leaves offsets that are better only on the rows they were tuned on", async () => {
    // Features and labels that have nothing to do with each other.
    const [classes, size, each] = [4, 3, 30];
    const random = new Random(3);
    const numbers = (count: number) => Float32Array.from({ length: count }, () => random.uniform() - 0.5);
    const bucketOf = Int32Array.from({ length: classes * each }, (_unused, row) => row % classes);
    const set = { rows: rowsInMemory(numbers(classes * each * size), size), buckets: bucketOf };
    const buckets = Array.from({ length: classes }, (_unused, label) => ({ label, group: null }));
    const untuned = { classes, size, weight: numbers(classes * size), bias: new Float32Array(classes) };
    const problem: Problem = { classes, buckets, head: untuned, train: set, validation: set };
    const chosen = settings(problem, { objective: "minRecall" });
    const goal = goalOf(chosen);
    const validation = new Validation(problem, tensors);
    const spread = await validation.spread(problem.head);
    const head = await baggedBias(problem, problem.head, goal, tensors, 0);
    const tuning = { base: problem.head, goal, scores: [], bagged: true };
    const own = { method: "selmix", head: problem.head, tuning: null } as const;
    const methodOf = async (fitted: Tuning | null) => {
      const pool = [own, { method: "tunedBias", head, tuning: fitted }] as const;
      return (await bestOf(pool, problem, chosen, validation, spread, crossFitterOf(problem, tensors, 0)))
        .method;
    };
    // Taken at its word it would be the answer.
    expect(await methodOf(null)).toBe("tunedBias");
    expect(await methodOf(tuning)).toBe("selmix");
    validation.dispose();
  });
});

test("a cycle that went against its prediction is taken back, and the steps after it are shorter", async () => {
  const problem = smallProblem();
  const chosen = settings(problem, { objective: "minRecall", learningRate: 300, steps: 200, cycle: 10 });
  const validation = new Validation(problem, tensors);
  const reports: CycleReport[] = [];
  const course = new Course<null>(
    problem,
    chosen.steps,
    goalOf(chosen),
    (report) => void reports.push(report),
    Course.from(await validation.spread(problem.head)),
  );
  const carried = { memory: new Memory(0.3), random: new Random(1), compute: tensors, offsets: true };
  const run = new HeadRun(problem, chosen, validation, problem.head, {
    ...{ ...carried, course },
    keep: () => null,
  });
  await run.along({ from: 0, to: chosen.steps });
  await run.end(chosen.steps);
  const against = reports.findIndex(
    ({ measuredChange, predictedChange }) =>
      measuredChange !== null && measuredChange < 0 && -measuredChange >= predictedChange,
  );
  expect(against).toBeGreaterThanOrEqual(0);
  const [bad, next] = [reports[against], reports[against + 1]];
  // It begins where the bad one began.
  expect(exactConfusion(next.counts, problem.buckets, 5)).toEqual(
    exactConfusion(bad.counts, problem.buckets, 5),
  );
  expect(next.learningRate).toBeLessThan(0.6 * bad.learningRate);
  run.dispose();
  validation.dispose();
});
