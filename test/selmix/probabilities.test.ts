/** Log-loss, calibration error and temperature: scikit-learn's and SciPy's numbers; and heads that predict the same when scaled. */
import { describe, expect, it } from "vitest";
import { rowWeights } from "../../src/selmix/confusion/population.ts";
import { type Head, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { evaluatorInArrays } from "../../src/selmix/validation/arrays.ts";
import {
  bestScale,
  probabilityQuality,
  scaledHead,
  scalesToTry,
} from "../../src/selmix/validation/probabilities.ts";
import probabilities from "../fixtures/probabilities.json" with { type: "json" };

/** Logits are the features. */
function identity(classes: number): Head {
  const weight = Float32Array.from({ length: classes * classes }, (_unused, at) =>
    at % (classes + 1) === 0 ? 1 : 0,
  );
  return { classes, size: classes, weight, bias: null };
}

describe.each(probabilities.cases)("as scikit-learn and SciPy: $title", (given) => {
  const head = identity(given.classes);
  const set = {
    labels: Int32Array.from(given.labels),
    ...(given.weights && { weights: rowWeights(given.weights) }),
  };
  const features = evaluatorInArrays().features(
    rowsInMemory(Float32Array.from(given.logits), given.classes),
    head,
  );

  it("measures", async () => {
    const { logLoss, calibrationError } = await probabilityQuality(features, head, set);
    expect(logLoss).toBeCloseTo(given.logLoss, 9);
    expect(calibrationError).toBeCloseTo(given.calibrationError, 9);
  });

  it("finds the temperature of the least log-loss, which is where SciPy finds it", async () => {
    const scale = await bestScale(features, head, set);
    expect(scale / given.scale).toBeCloseTo(1, 4);
    const { logLoss } = await probabilityQuality(features, scaledHead(head, scale), set);
    expect(logLoss).toBeCloseTo(given.leastLogLoss, 7);
    expect(logLoss).toBeLessThan(given.logLoss);
  });
});

it("has no temperature for rows that are all right: the scale ends at its limit, and is a number", async () => {
  const head = identity(2);
  const features = evaluatorInArrays().features(rowsInMemory(Float32Array.of(3, 0, 0, 3), 2), head);
  const scale = await bestScale(features, head, { labels: Int32Array.of(0, 1) });
  expect(scale).toBeGreaterThan(10);
  expect(scale).toBeLessThanOrEqual(1000);
  expect((await probabilityQuality(features, head, { labels: Int32Array.of(1, 0) })).logLoss).toBeCloseTo(
    Math.log(1 + Math.exp(3)),
    6,
  );
});

it("ends with a scale that rounds nothing: under it rows on the very border are predicted as before", async () => {
  const random = new Random(5);
  const classes = 4;
  const size = 3;
  const weight = Float32Array.from({ length: classes * size }, () => random.uniform() - 0.5);
  const head = {
    classes,
    size,
    weight,
    bias: Float32Array.from({ length: classes }, () => random.uniform()),
  };
  const best = 1.37;
  const scales = scalesToTry(best);
  const last = scales.at(-1) ?? Number.NaN;
  expect(Math.log2(last) % 1).toBe(0);
  expect(Math.max(last / best, best / last)).toBeLessThanOrEqual(Math.SQRT2);
  const scaled = scaledHead(head, last);
  weight.forEach((value, at) => {
    expect(scaled.weight[at]).toBe(last * value);
  });
  for (const scale of scales.slice(0, -1)) expect(Math.abs(scale / best - 1)).toBeLessThan(0.0041);
});
