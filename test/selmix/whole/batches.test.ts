import { beforeAll, expect, test } from "vitest";
import { Random } from "../../../src/selmix/random.ts";
import type { WholeProblem } from "../../../src/selmix/whole/backbone.ts";
import { pairsOfClasses, type WholeBatch, WholeBatches } from "../../../src/selmix/whole/batches.ts";
import type { SoftLabels } from "../../../src/selmix/whole/softLabels.ts";
import { useBackend } from "../backend.ts";
import { classes, side, smallProblem, trainCounts, trainedModel } from "./smallNetwork.ts";

let problem: WholeProblem;
let soft: SoftLabels;
beforeAll(async () => {
  await useBackend("cpu");
  problem = await smallProblem(trainedModel(), 20);
  const count = problem.samples.unlabeled?.count ?? 0;
  soft = {
    likeliest: new Int32Array(count).fill(2),
    probabilities: Float32Array.from({ length: count * classes }, (_unused, at) => [0.1, 0.2, 0.7][at % 3]),
    logPrior: Float32Array.of(-1, -1.1, -1.2),
  };
}, 60_000);

const size = 200;
/** Every class wants the last one. */
const lastOnly = Float64Array.of(0, 0, 1, 0, 0, 1, 0, 0, 1);
const batchesOf = (labels: SoftLabels | null, seed = 1) =>
  new WholeBatches(problem, labels, [], new Random(seed), size);

/** The class of a labelled sample of a batch. */
const labelOf = ({ targets }: WholeBatch, at: number) =>
  targets.subarray(at * classes, (at + 1) * classes).findIndex((target) => target > 0);

test("draws half of the images as they come and half from each class alike, under the prior of that", async () => {
  const batch = await batchesOf(null).next(lastOnly);
  expect(batch.samples).toHaveLength(size * side * side);
  const counts = new Array<number>(classes).fill(0);
  for (let at = 0; at < size; at++) counts[labelOf(batch, at)]++;
  const total = trainCounts.reduce((sum, count) => sum + count, 0);
  for (const prior of [batch.priors.subarray(0, classes), batch.priors.subarray(-classes)]) {
    counts.forEach((count, k) => {
      const wanted = (trainCounts[k] / total + 1 / classes) / 2;
      expect(Math.abs(count / size - wanted)).toBeLessThan(0.1);
      expect(Math.exp(prior[k])).toBeCloseTo(wanted, 5);
    });
  }
});

test("mixes each with a partner that the policy wants, and keeps most of it", async () => {
  const batch = await batchesOf(null).next(lastOnly);
  for (let at = 0; at < size; at++) {
    const row = batch.mixing.subarray(at * size, (at + 1) * size);
    const partners = [...row.keys()].filter((other) => other !== at && row[other] > 0);
    expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    expect(row[at]).toBeGreaterThanOrEqual(0.6 - 1e-6);
    expect(partners.length).toBeLessThanOrEqual(1);
    expect(partners.every((other) => labelOf(batch, other) === 2)).toBe(true);
  }
});

test("unlabelled images come on top, stay as they are, and are partners by what they are taken for", async () => {
  const batch = await batchesOf(soft).next(lastOnly);
  const all = 2 * size;
  let asPartner = 0;
  for (let at = 0; at < size; at++) {
    const row = batch.mixing.subarray(at * all, (at + 1) * all);
    if (row.subarray(size).some((share) => share > 0)) asPartner++;
  }
  // All of them are taken for the class that is wanted, and about a fifth of the labelled ones are of it.
  expect(asPartner).toBeGreaterThan(0.7 * size);
  for (let at = size; at < all; at++) {
    const row = batch.mixing.subarray(at * all, (at + 1) * all);
    expect(row[at]).toBe(1);
    expect(row.filter((share) => share > 0)).toHaveLength(1);
  }
  const wanted = [0.1, 0.2, 0.7].map((share) => share / size);
  batch.targets.subarray(-classes).forEach((target, k) => {
    expect(target).toBeCloseTo(wanted[k], 7);
  });
  expect(batch.priors.subarray(-classes)).toEqual(soft.logPrior);
});

test("the same seed draws the same batch", async () => {
  const [one, same, other] = [batchesOf(soft), batchesOf(soft), batchesOf(soft, 2)];
  const first = await one.next(lastOnly);
  expect(await same.next(lastOnly)).toEqual(first);
  expect(await other.next(lastOnly)).not.toEqual(first);
});

test("a policy over buckets is summed to pairs of their classes", () => {
  const buckets = [
    { label: 0, group: 0 },
    { label: 0, group: 1 },
    { label: 1, group: 0 },
  ];
  const probabilities = Float64Array.of(0.1, 0.2, 0.05, 0.1, 0, 0.15, 0.3, 0.06, 0.04);
  const pairs = pairsOfClasses({ probabilities, anyPartner: null, positive: 9 }, buckets, 2);
  [0.4, 0.2, 0.36, 0.04].forEach((share, cell) => {
    expect(pairs[cell]).toBeCloseTo(share, 12);
  });
});
