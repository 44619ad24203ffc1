/** The two evaluators see the same, and a backend that brings all of its own is all that a tune needs. */

import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { headByCounts } from "../../src/selmix/confusion/objectives.ts";
import { type Head, type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { defaultSettings } from "../../src/selmix/steering/settings.ts";
import { tensors } from "../../src/selmix/tensors/tensors.ts";
import { tune } from "../../src/selmix/training/tune.ts";
import { evaluatorInArrays } from "../../src/selmix/validation/arrays.ts";
import type { Compute, Evaluator, HeadTrainer } from "../../src/selmix/validation/evaluator.ts";
import { Validation } from "../../src/selmix/validation/validation.ts";
import { gainByBlocks } from "../support/blocksOfGain.ts";
import { whole } from "../support/whole.ts";
import { useBackend } from "./backend.ts";
import { smallProblem } from "./blobs.ts";

const random = new Random(8);
const numbers = (count: number) => Float32Array.from({ length: count }, () => random.uniform() - 0.5);

/** So large that tensors do not leave its gain to arrays. */
function largeProblem(hasBias: boolean): Problem {
  const [classes, size, count] = [90, 24, 900];
  const head: Head = {
    classes,
    size,
    weight: numbers(classes * size),
    bias: hasBias ? numbers(classes) : null,
  };
  const labels = Int32Array.from({ length: count }, (_unused, row) => row % classes);
  const set = { rows: rowsInMemory(numbers(count * size), size), buckets: labels };
  const buckets = Array.from({ length: classes }, (_unused, label) => ({ label, group: null }));
  return { classes, buckets, head, train: set, validation: set };
}

const gainsOf = (evaluator: Evaluator, { head, classes }: Problem, prototypes: Float32Array) =>
  evaluator.gains(
    prototypes,
    Int32Array.from({ length: classes }, (_unused, k) => k),
    head,
  );
const gainOf = (evaluator: Evaluator, problem: Problem, [prototypes, derivative]: Float32Array[]) =>
  gainsOf(evaluator, problem, prototypes).of(problem.head, derivative);

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  let [scale, worst] = [0, 0];
  for (let at = 0; at < expected.length; at++) {
    scale = Math.max(scale, Math.abs(expected[at]));
    worst = Math.max(worst, Math.abs(found[at] - expected[at]));
  }
  expect(worst / scale).toBeLessThan(1e-5);
}

describe.each(["wasm", "cpu"] as const)("tensors on %s", (backend) => {
  test.each([
    ["with", true],
    ["without", false],
  ])("look at a head %s a bias as arrays do", async (_words, hasBias) => {
    await useBackend(backend);
    const problem = largeProblem(hasBias);
    const { head, validation, classes } = problem;
    const arrays = evaluatorInArrays();
    const other = { ...head, weight: numbers(head.weight.length) };
    const [expected, found] = await Promise.all(
      [arrays, tensors].map((evaluator) => evaluator.features(validation.rows, head).predict([head, other])),
    );
    expect(found).toEqual(expected);
    const [one, same] = [new Validation(problem, arrays), new Validation(problem, tensors)];
    const spread = await one.spread(head);
    expect(await same.spread(head)).toBeCloseTo(spread, 5);
    expectClose(whole((await same.look(head, spread)).smooth), whole((await one.look(head, spread)).smooth));
    const given = [numbers(classes * head.size), numbers(classes * classes)];
    const gain = await gainOf(arrays, problem, given);
    expectClose(await gainOf(tensors, problem, given), gain);
    const rows = Array.from({ length: 75 }, (_unused, at) => at + 5);
    for (const evaluator of [arrays, tensors]) {
      const byBlocks = await gainByBlocks(gainsOf(evaluator, problem, given[0]), head, given[1], rows);
      expectClose(byBlocks.rows, gain.subarray(5 * classes, 80 * classes));
      expectClose(
        byBlocks.own,
        gain.filter((_, at) => at % (classes + 1) === 0),
      );
    }
  });
});

test("tensors have the gain by blocks, where there are more buckets than a block has", async () => {
  await useBackend("wasm");
  const [buckets, classes, size] = [600, 20, 8];
  const head = { classes, size, weight: numbers(classes * size), bias: numbers(classes) };
  const labels = Int32Array.from({ length: buckets }, (_unused, b) => (b * 7) % classes);
  const [prototypes, derivative] = [numbers(buckets * size), numbers(buckets * classes)];
  const gains = tensors.gains(prototypes, labels, head);
  const whole = await gains.of(head, derivative);
  const made = tf.memory().numTensors;
  const rows = Array.from({ length: buckets }, (_unused, b) => b).filter((b) => b % 7 !== 3);
  const found = await gainByBlocks(gains, head, derivative, rows);
  expectClose(
    found.rows,
    rows.flatMap((row) => [...whole.subarray(row * buckets, (row + 1) * buckets)]),
  );
  expect(tf.memory().numTensors).toBe(made);
  gains.dispose();
});

/** H <- H + X' (onehot - softmax(X H)) rate / n in loops. */
function trainerInLoops({ weight, bias, ...like }: Head): HeadTrainer {
  const [w, b] = [Float64Array.from(weight), Float64Array.from(bias ?? [])];
  const { classes, size } = like;
  return {
    step(samples, rate) {
      const errors = samples.map(({ first, second, beta, label }) => {
        const [x, partner] = [new Float32Array(size), new Float32Array(size)];
        first.rows.read(first.row, 1, x, 0);
        (second ?? first).rows.read((second ?? first).row, 1, partner, 0);
        for (let i = 0; i < size; i++) x[i] = beta * x[i] + (1 - beta) * partner[i];
        const logits = Array.from({ length: classes }, (_unused, k) =>
          x.reduce((sum, value, i) => sum + value * w[k * size + i], b[k] ?? 0),
        );
        const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
        return { x, missing: logits.map((logit, k) => (k === label ? 1 : 0) - Math.exp(logit) / total) };
      });
      for (const { x, missing } of errors) {
        missing.forEach((value, k) => {
          const change = (value * rate) / samples.length;
          for (let i = 0; i < size; i++) w[k * size + i] += change * x[i];
          if (bias !== null) b[k] += change;
        });
      }
    },
    head: async () => ({
      ...like,
      weight: Float32Array.from(w),
      bias: bias === null ? null : Float32Array.from(b),
    }),
    set(other) {
      w.set(other.weight);
      b.set(other.bias ?? []);
    },
    settled: async () => undefined,
    dispose: () => undefined,
  };
}

test("a backend that brings all of its own tunes without a tensor, and as those do", async () => {
  const own: Compute = { ...evaluatorInArrays(), trainer: trainerInLoops };
  const problem = smallProblem({ unlabeled: 60 });
  const isHead = headByCounts([5, 4, 3, 2, 1]);
  const constraints = [{ metric: "coverage" as const, atLeast: 0.19 }];
  const settings = { ...defaultSettings, objective: "minRecall" as const, isHead, constraints, steps: 200 };
  await useBackend("cpu");
  const expected = await tune(problem, settings);
  const made = tf.memory().numTensors;
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  let kernels = 0;
  engine.runKernel = (...call) => {
    kernels++;
    return runKernel(...call);
  };
  const found = await tune(problem, settings, {}, own).finally(() => {
    engine.runKernel = runKernel;
  });
  expect(kernels).toBe(0);
  expect(tf.memory().numTensors).toBe(made);
  expect(found).toMatchObject({ start: expected.start, steps: 200, method: expected.method });
  expect(found.score.value).toBeCloseTo(expected.score.value, 6);
  expectClose(found.head.weight, expected.head.weight);
});
