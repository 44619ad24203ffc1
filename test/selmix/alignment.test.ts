import { expect, it } from "vitest";
import { alignmentOf } from "../../src/selmix/estimates/alignment.ts";
import { Random } from "../../src/selmix/random.ts";

/** Logits [rows,K] whose winner is the label for a share of the rows and any class otherwise. */
function setting(rows: number, classes: number, right: number, seed: number) {
  const random = new Random(seed);
  const labels = Int32Array.from({ length: rows }, () => random.integer(classes));
  const logits = Float32Array.from({ length: rows * classes }, () => random.uniform());
  labels.forEach((label, row) => {
    const said = random.uniform() < right ? label : random.integer(classes);
    logits[row * classes + said] += 2;
  });
  return { labels, logits, classes };
}

const of = ({ labels, logits, classes }: ReturnType<typeof setting>) =>
  alignmentOf(logits, labels, classes, 0);

it("finds that predictions know the labels, and that they do not", () => {
  expect(of(setting(300, 4, 0.3, 1)).p).toBeLessThanOrEqual(0.002);
  const chance = Array.from({ length: 40 }, (_, seed) => of(setting(120, 4, 0, seed + 10)).p);
  // Under independence p is uniform: of 40 values about 2 are at most 0.05 (7 or more: once in 500 times), half at most 0.5.
  expect(chance.filter((p) => p <= 0.05).length).toBeLessThan(7);
  expect(chance.filter((p) => p <= 0.5).length).toBeGreaterThan(9);
});

it("agrees with the exact distribution of hits", () => {
  // Predictions a a a b b, labels a a b b b: of 5! orders those with at least 4 hits, by the hypergeometric distribution
  // of labels b among the 2 rows predicted b: P(2 of 2) = 3/10.
  const predicted = [0, 0, 0, 1, 1];
  const logits = Float32Array.from(predicted.flatMap((k) => [1 - k, k]));
  const { p, accuracy } = alignmentOf(logits, Int32Array.from([0, 0, 1, 1, 1]), 2, 0);
  expect(accuracy).toBe(0.8);
  expect(p).toBeGreaterThan(0.26);
  expect(p).toBeLessThan(0.34);
});

it("asks the logits where all predictions are one class", () => {
  const random = new Random(5);
  const labels = Int32Array.from({ length: 200 }, () => random.integer(2));
  const collapsed = (knows: number) =>
    Float32Array.from([...labels].flatMap((label) => [5, knows * label + random.uniform()]));
  expect(alignmentOf(collapsed(0.5), labels, 2, 0).p).toBeLessThanOrEqual(0.002);
  expect(alignmentOf(collapsed(0), labels, 2, 0).p).toBeGreaterThan(0.01);
});

it("proposes the order in which the labels would fit, and none where they do", () => {
  const { labels, logits, classes } = setting(300, 4, 0.9, 3);
  expect(of({ labels, logits, classes }).order).toBeNull();
  const turned = labels.map((label) => (label + 1) % 4);
  expect(alignmentOf(logits, turned, classes, 0)).toMatchObject({ order: [3, 0, 1, 2] });
  expect(of(setting(300, 4, 0, 4)).order?.length ?? 4).toBe(4);
});
