import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { Head } from "../../../src/selmix/problem.ts";
import type { Backbone, WholeProblem } from "../../../src/selmix/whole/backbone.ts";
import type { WholeBatch } from "../../../src/selmix/whole/batches.ts";
import { standingAt } from "../../../src/selmix/whole/network.ts";
import { WholeTrainer } from "../../../src/selmix/whole/trainer.ts";
import { useBackend } from "../backend.ts";
import { classes, side, smallModel, smallProblem, unsettle } from "./smallNetwork.ts";

const count = 4;
const rows = [0, 63, 82, 84];
let problem: WholeProblem;
let batch: WholeBatch;
beforeAll(async () => useBackend("cpu"), 60_000);
beforeEach(async () => {
  const smooth = smallModel("smooth");
  unsettle(smooth);
  problem = await smallProblem(smooth);
  batch = await batchOf(problem);
});

/** Three labelled samples, two of them mixed with others, and one with a soft label under another prior. */
async function batchOf({ samples }: WholeProblem): Promise<WholeBatch> {
  const pixels = side * side;
  const values = new Float32Array(count * pixels);
  for (const [at, row] of rows.entries()) await samples.train.read(row, values, at * pixels);
  return {
    ...{ shape: samples.train.shape, samples: values },
    mixing: Float32Array.of(0.7, 0, 0.3, 0, 0.2, 0.8, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1),
    priors: Float32Array.of(-0.3, -1.5, -2.6, -0.3, -1.5, -2.6, -0.3, -1.5, -2.6, -1, -1.2, -1.1),
    targets: Float32Array.of(1 / 3, 0, 0, 0, 1 / 3, 0, 0, 0, 1 / 3, 0.1, 0.2, 0.7),
  };
}

/** The loss in plain numbers. */
function lossOf(
  { backbone }: WholeProblem,
  head: Head,
  { samples, shape, mixing, priors, targets }: WholeBatch,
) {
  const seen = tf.tidy(() => backbone.features(tf.tensor(samples, [count, ...shape])).arraySync());
  let loss = 0;
  for (let row = 0; row < count; row++) {
    const logits = Array.from({ length: classes }, (_unused, k) => {
      let logit = priors[row * classes + k];
      for (let from = 0; from < count; from++) {
        const one = seen[from].reduce((sum, value, i) => sum + value * head.weight[k * head.size + i], 0);
        logit += mixing[row * count + from] * (one + (head.bias?.[k] ?? 0));
      }
      return logit;
    });
    const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    logits.forEach((logit, k) => {
      loss += targets[row * classes + k] * (total - logit);
    });
  }
  return loss;
}

const change = 1e-2;
const checked = 24;

/** Derivatives of the loss by the first few numbers of an array, by central differences. */
function differences(values: Float32Array, loss: (changed: Float32Array) => number): number[] {
  return Array.from({ length: Math.min(values.length, checked) }, (_unused, i) => {
    const at = (by: number) => loss(values.map((value, j) => (j === i ? value + by : value)));
    return (at(change) - at(-change)) / (2 * change);
  });
}

/** The same of a weight of the backbone. */
function byWeight(weight: tf.Variable, loss: () => number): number[] {
  const before = Float32Array.from(weight.dataSync());
  const set = (values: Float32Array) => tf.tidy(() => weight.assign(tf.tensor(values, weight.shape)));
  const found = differences(before, (changed) => {
    set(changed);
    return loss();
  });
  set(before);
  return found;
}

/** H [d+1, K] of a head with a bias. */
function matrixOf({ size, weight, bias }: Head): Float32Array {
  return Float32Array.from({ length: (size + 1) * classes }, (_unused, at) => {
    const [i, k] = [Math.floor(at / classes), at % classes];
    return i === size ? (bias?.[k] ?? 0) : weight[k * size + i];
  });
}

function headOf(matrix: Float32Array, { size }: Head): Head {
  const weight = Float32Array.from({ length: classes * size }, (_unused, at) => {
    return matrix[(at % size) * classes + Math.floor(at / size)];
  });
  return { classes, size, weight, bias: matrix.slice(size * classes) };
}

async function trainerOf(backbone: Backbone, head: Head): Promise<WholeTrainer> {
  return new WholeTrainer(backbone, classes, await standingAt(backbone, matrixOf(head)), 0);
}

test("a step follows the gradient of the loss, by finite differences", async () => {
  const { backbone, head } = problem;
  const expected = [
    differences(matrixOf(head), (matrix) => lossOf(problem, headOf(matrix, head), batch)),
    ...backbone.weights.map((weight) => byWeight(weight, () => lossOf(problem, head, batch))),
  ];
  const trainer = await trainerOf(backbone, head);
  trainer.step(batch, 0, 1);
  const { firstMoment, secondMoment } = await trainer.standing();
  // After one step the moments are a tenth of the gradient and a thousandth of its square.
  const first = [firstMoment.matrix, ...firstMoment.weights];
  const second = [secondMoment.matrix, ...secondMoment.weights];
  expected.forEach((wanted, at) => {
    const scale = Math.max(...wanted.map(Math.abs));
    expect(scale).toBeGreaterThan(0);
    wanted.forEach((derivative, i) => {
      expect(Math.abs(10 * first[at][i] - derivative)).toBeLessThan(0.02 * scale);
      expect(second[at][i]).toBeCloseTo(0.001 * (10 * first[at][i]) ** 2, 8);
    });
  });
  trainer.dispose();
});

test("a step lowers the loss, and the average follows by its share", async () => {
  const { backbone, head } = problem;
  const trainer = await trainerOf(backbone, head);
  const before = await trainer.standing();
  const loss = lossOf(problem, head, batch);
  trainer.step(batch, 1e-3, 0.25);
  const { live, average } = await trainer.standing();
  expect(lossOf(problem, headOf(live.matrix, head), batch)).toBeLessThan(loss);
  live.weights.forEach((values, at) => {
    values.forEach((value, i) => {
      const old = before.live.weights[at][i];
      expect(average.weights[at][i]).toBeCloseTo(old + 0.25 * (value - old), 6);
    });
  });
  trainer.dispose();
});

test("goes on from where it stood to the same network, and leaves nothing on the device", async () => {
  const { backbone, head } = problem;
  const tensors = tf.memory().numTensors;
  const trainer = await trainerOf(backbone, head);
  trainer.step(batch, 1e-2, 0.02);
  const between = await trainer.standing();
  trainer.step(batch, 1e-2, 0.02);
  const after = await trainer.standing();
  trainer.dispose();
  const resumed = new WholeTrainer(backbone, classes, between, 1);
  resumed.step(batch, 1e-2, 0.02);
  expect(await resumed.standing()).toEqual(after);
  resumed.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
});

test("a look sees the average, after which the backbone is as it was", async () => {
  const { backbone, head } = problem;
  const trainer = await trainerOf(backbone, head);
  trainer.step(batch, 1e-2, 0.5);
  const { live, average } = await trainer.standing();
  const weights = () => backbone.weights.map((weight) => Float32Array.from(weight.dataSync()));
  await trainer.underAverage(async (matrix) => {
    expect(weights()).toEqual(average.weights);
    expect(matrix).toEqual(average.matrix);
  });
  expect(weights()).toEqual(live.weights);
  expect(weights()).not.toEqual(average.weights);
  trainer.dispose();
});
