import { expect, test } from "vitest";
import { Random } from "../../../src/selmix/random.ts";
import { logFrequencies, softLabels } from "../../../src/selmix/whole/softLabels.ts";

/** Logits [N,2] of samples at -1 or 1 with normal noise of width 1: those of a balanced head are (-x, x). */
function twoClasses(counts: readonly [number, number]): Float32Array {
  const random = new Random(3);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const values = counts.flatMap((count, k) => Array.from({ length: count }, () => 2 * k - 1 + normal()));
  return Float32Array.from(values.flatMap((x) => [-x, x]));
}

test("finds the class frequencies that samples of overlapping classes have", () => {
  const { logPrior } = softLabels(twoClasses([9000, 1000]), 2);
  expect(Math.abs(Math.exp(logPrior[0]) - 0.9)).toBeLessThan(0.02);
});

test("labels by twice the logits under those frequencies", () => {
  const logits = twoClasses([600, 200]);
  const { probabilities, likeliest, logPrior } = softLabels(logits, 2);
  for (const row of [0, 300, 799]) {
    const odds = 2 * (logits[2 * row + 1] + logPrior[1] - logits[2 * row] - logPrior[0]);
    const second = 1 / (1 + Math.exp(-odds));
    expect(probabilities[2 * row + 1]).toBeCloseTo(second, 5);
    expect(probabilities[2 * row]).toBeCloseTo(1 - second, 5);
    expect(likeliest[row]).toBe(second > 0.5 ? 1 : 0);
  }
});

test("a class that no sample has keeps a finite prior", () => {
  const logits = Float32Array.from({ length: 300 }, (_unused, at) => (at % 3 === 2 ? -900 : at % 2));
  const { probabilities, logPrior } = softLabels(logits, 3);
  expect(logPrior[2]).toBeCloseTo(Math.log(0.5 / 100), 5);
  expect(probabilities.every(Number.isFinite)).toBe(true);
  expect(logFrequencies([3, 0], 3)).toEqual(Float32Array.of(0, Math.log(0.5 / 3)));
});
