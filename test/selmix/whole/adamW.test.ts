import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { adamW } from "../../../src/selmix/whole/adamW.ts";
import { useBackend } from "../backend.ts";

beforeAll(async () => useBackend("cpu"));

const variable = (values: readonly number[]) => tf.tidy(() => tf.variable(tf.tensor1d([...values])));

test("moves as PyTorch's torch.optim.AdamW does", () => {
  const weight = variable([1, -2, 0.5, 3]);
  const moments = { first: [variable([0, 0, 0, 0])], second: [variable([0, 0, 0, 0])] };
  // Made by PyTorch 2.13: lr 0.1, 0.1 and 0.05, all else by default.
  const steps = [
    { gradient: [0.3, -4, 0, 1e-5], rate: 0.1, expected: [0.899, -1.898, 0.4995, 2.8970999] },
    { gradient: [-0.1, 2, 0.7, 1e-5], rate: 0.1, expected: [0.85807915, -1.8694683, 0.42458682, 2.7943027] },
    { gradient: [0.2, 0.5, 0.7, -3], rate: 0.05, expected: [0.82749579, -1.8618556, 0.3814514, 2.824846] },
  ];
  for (const [done, { gradient, rate, expected }] of steps.entries()) {
    tf.tidy(() => adamW([weight], moments, [tf.tensor1d(gradient)], rate, done + 1));
    weight.dataSync().forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at], 5);
    });
  }
});

test("leaves a weight without a gradient as it is", () => {
  const weights = [variable([1]), variable([2])];
  const moments = { first: [variable([0.5]), variable([0])], second: [variable([0.5]), variable([0])] };
  tf.tidy(() => adamW(weights, moments, [null, tf.tensor1d([1])], 0.1, 1));
  expect(weights[0].dataSync()[0]).toBe(1);
  expect(moments.first[0].dataSync()[0]).toBe(0.5);
  expect(weights[1].dataSync()[0]).toBeLessThan(2);
});
