import * as tf from "@tensorflow/tfjs-core";
import { whole } from "../support/whole.ts";
import "@tensorflow/tfjs-backend-cpu";
import { createRequire } from "node:module";
import path from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { objectiveId } from "../../src/protocol/records.ts";
import { confusionFromCounts } from "../../src/selmix/confusion/confusion.ts";
import { wholeObjective } from "../../src/selmix/confusion/wholeObjective.ts";
import {
  expectedOverMixing,
  gainInFloat64,
  prototypeProducts,
} from "../../src/selmix/steering/gainInFloat64.ts";
import { policyFromGain } from "../../src/selmix/steering/policy.ts";
import { steer } from "../../src/selmix/steering/steering.ts";
import { GainGeometry, gain } from "../../src/selmix/tensors/gain.ts";
import vectors from "./vectors.json" with { type: "json" };

/** Largest difference, as a share of the largest entry. */
function relativeError(actual: ArrayLike<number>, expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, at) => Math.abs(actual[at] - value))) / scale;
}

/**
 * The vectors' own accuracy: their A comes from differences (its rows sum to 0 only to 1e-9 of the largest entry), and all
 * else follows from it. Ours is held to 1e-12 against closed forms in gradients.test.ts.
 */
const FLOAT64 = 5e-9;
const FLOAT32 = 1e-5;

const cases = vectors.cases.flatMap((given, index) =>
  Object.entries(given.objectives).map(([name, expected]) => ({
    title: `case ${index}, ${name}`,
    given,
    name,
    expected,
  })),
);

/** Where there are groups, the vectors' recalls are those of each class in each group. */
function idOf(name: string, grouped: boolean): string {
  const overGroups: Record<string, string> = { meanRecall: "meanGroupRecall", minRecall: "minGroupRecall" };
  return (grouped ? overGroups[name] : undefined) ?? name;
}

function steering({ given, name }: (typeof cases)[number]) {
  const buckets = given.label.map((label, b) => ({
    label,
    group: given.groups > 1 ? b % given.groups : null,
  }));
  const withCoverage = name === "meanRecallWithCoverage";
  const objective = wholeObjective(
    objectiveId.parse(idOf(withCoverage ? "meanRecall" : name, given.groups > 1)),
  );
  const head = "head" in given ? (given.head ?? []) : [];
  const confusion = confusionFromCounts(given.counts.flat(), buckets, given.classes);
  return steer(
    confusion,
    {
      objective,
      constraints: withCoverage ? [{ metric: "coverage", atLeast: given.tau ?? 0 }] : [],
      context: { isHead: Array.from({ length: given.classes }, (_unused, k) => head.includes(k)) },
      sharpness: 50,
    },
    {
      objective: Float64Array.from(
        name === "minHeadTailRecall" ? given.lambda_.slice(0, 2) : name === "minRecall" ? given.lambda_ : [],
      ),
      constraints: Float64Array.from(withCoverage ? (given.lambdaCoverage ?? []) : []),
    },
  );
}

describe.each(cases)("$title", (one) => {
  const { given, expected } = one;
  const inputs = {
    prototypes: Float64Array.from(given.prototypes.flat()),
    weight: Float64Array.from(given.weight.flat()),
    bias: Float64Array.from(given.bias),
    labels: given.label,
    classes: given.classes,
    size: given.weight[0].length,
  };

  test("psi and A are those of the brute force", () => {
    const { value, derivative: matrix } = steering(one);
    const derivative = whole(matrix);
    expect(Math.abs(value - expected.value)).toBeLessThan(FLOAT64);
    expect(relativeError(derivative, expected.dPsi.flat())).toBeLessThan(FLOAT64);
  });

  test("gain, with and without bias, expected gain and policy in float64", () => {
    const derivative = whole(steering(one).derivative);
    const products = prototypeProducts(inputs);
    const g = gainInFloat64(inputs, products, derivative, vectors.beta);
    expect(relativeError(g, expected.gain.flat())).toBeLessThan(FLOAT64);
    const mixing = [vectors.mixRange[0], vectors.mixRange[1]] as const;
    const averaged = expectedOverMixing(mixing, (beta) => gainInFloat64(inputs, products, derivative, beta));
    expect(relativeError(averaged, expected.expectedGain.flat())).toBeLessThan(FLOAT64);
    const everyBucket = given.label.map(() => true);
    const allowed = { first: everyBucket, second: everyBucket };
    const { probabilities } = policyFromGain(g, given.label.length, 0.3 * Math.max(...g), allowed, 0);
    expect(relativeError(probabilities, expected.policy.flat())).toBeLessThan(FLOAT64);
  });

  describe.each(["cpu", "wasm"])("in float32 on %s", (backend) => {
    beforeAll(async () => {
      const wasm = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
      setWasmPaths(`${path.dirname(wasm)}/`);
      await tf.setBackend(backend);
      await tf.ready();
    });
    afterAll(() => tf.disposeVariables());

    test.each([true, false])("gain, bias trained: %s", async (trainsBias) => {
      const derivative = whole(steering(one).derivative);
      const tensors = tf.memory().numTensors;
      const geometry = new GainGeometry(
        Float32Array.from(inputs.prototypes),
        Int32Array.from(given.label),
        trainsBias,
      );
      const logits = tf.tidy(() => {
        const weight = tf.tensor2d(given.weight);
        const bias = tf.tensor1d(given.bias);
        return tf.add<tf.Tensor2D>(tf.matMul(tf.tensor2d(given.prototypes), tf.transpose(weight)), bias);
      });
      const g = await gain(geometry, logits, derivative, vectors.beta);
      expect(relativeError(g, (trainsBias ? expected.gain : expected.gainNoBias).flat())).toBeLessThan(
        FLOAT32,
      );
      geometry.dispose();
      logits.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    });
  });
});
