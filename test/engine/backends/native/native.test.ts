/** What onnxruntime computes for us: as arrays do, and the same bytes again. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { chooseBackend } from "../../../../src/engine/backends/index.ts";
import { Graph } from "../../../../src/engine/backends/native/graph.ts";
import { Runtime } from "../../../../src/engine/backends/native/runtime.ts";
import { headByCounts } from "../../../../src/selmix/confusion/objectives.ts";
import { MIXING_MEAN } from "../../../../src/selmix/mixing/sampler.ts";
import { type FeatureRows, type Head, rowsInMemory } from "../../../../src/selmix/problem.ts";
import { Random } from "../../../../src/selmix/random.ts";
import { gainInFloat64, prototypeProducts } from "../../../../src/selmix/steering/gainInFloat64.ts";
import { rivalsIn } from "../../../../src/selmix/steering/rivals.ts";
import { defaultSettings } from "../../../../src/selmix/steering/settings.ts";
import { tune } from "../../../../src/selmix/training/tune.ts";
import { evaluatorInArrays } from "../../../../src/selmix/validation/arrays.ts";
import type { Compute, FeatureSet } from "../../../../src/selmix/validation/evaluator.ts";
import { smallProblem } from "../../../selmix/blobs.ts";
import { gainByBlocks } from "../../../support/blocksOfGain.ts";
import { halfRows } from "../../../support/halfRows.ts";

const random = new Random(5);
/** Eighths: float32 has their products and sums exactly, so that whoever computes comes to the same, ties included. */
const numbers = (count: number) => Float32Array.from({ length: count }, () => random.integer(17) / 8 - 1);
const native = async (threads?: number): Promise<Compute> =>
  (await chooseBackend({ forced: "native", ...(threads && { threads }) })).compute;

/** The same rows, as they come from a file. */
const streamed = ({ values: _values, ...rows }: FeatureRows): FeatureRows => rows;

function worst(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, scale] = [0, 0];
  for (let at = 0; at < expected.length; at++) {
    difference = Math.max(difference, Math.abs(found[at] - expected[at]));
    scale = Math.max(scale, Math.abs(expected[at]));
  }
  return difference / scale;
}

/** Of numbers, so that millions of them are compared at once. */
const hashOf = (values: NodeJS.ArrayBufferView) => createHash("sha256").update(values).digest("hex");

const headOf = (classes: number, size: number, hasBias: boolean): Head => ({
  classes,
  size,
  weight: numbers(classes * size),
  bias: hasBias ? numbers(classes) : null,
});

describe.each([true, false])("a head, bias: %s", (hasBias) => {
  const [classes, size, count] = [90, 24, 30_000];
  const head = headOf(classes, size, hasBias);
  const rows = rowsInMemory(numbers(count * size), size);
  const labels = Int32Array.from({ length: count }, (_unused, row) => (row * 7) % classes);

  const linear = {
    middle: numbers(size),
    factor: Float32Array.from({ length: size }, (_unused, i) => 2 ** ((i % 3) - 1)),
  };
  test.each([
    ["in memory", rows],
    ["from a file", streamed(rows)],
    ["in float16", halfRows(rows.values ?? [], size)],
    ["in float16 that features are made of", halfRows(rows.values ?? [], size, linear)],
  ])("sees rows %s as arrays do, in more than one part", async (_where, given) => {
    const [arrays, found] = [evaluatorInArrays(), (await native()).features(given, head)];
    const expected = arrays.features(streamed(given), head);
    const other = headOf(classes, size, hasBias);
    expect(await found.predict([head, other])).toEqual(await expected.predict([head, other]));
    const all = async (set: FeatureSet) => {
      const [margins, rivals, logits] = [
        new Float64Array(count),
        new Int32Array(count),
        new Float64Array(count * classes),
      ];
      let parts = 0;
      await set.rivals(head, labels, (part, start) => {
        margins.set(part.margins, start);
        rivals.set(part.rivals, start);
        parts++;
      });
      await set.logits(head, (part, start) => logits.set(part, start * classes));
      return { seen: [margins, rivals, logits].map(hashOf), parts };
    };
    const [one, same] = [await all(found), await all(expected)];
    expect(one.seen).toEqual(same.seen);
    expect(one.parts).toBeGreaterThan(1);
  });

  test("has the gain of float64, by groups and rows without a label of their own", async () => {
    const buckets = 2 * classes;
    const bucketLabels = Int32Array.from({ length: buckets }, (_unused, b) => (b * 31) % classes);
    const [prototypes, derivative] = [numbers(buckets * size), numbers(buckets * classes)];
    const inputs = { prototypes, labels: bucketLabels, ...head };
    const expected = gainInFloat64(inputs, prototypeProducts(inputs), derivative, MIXING_MEAN);
    const gains = (await native()).gains(prototypes, bucketLabels, head);
    expect(worst(await gains.of(head, derivative), expected)).toBeLessThan(1e-5);
    const next = headOf(classes, size, hasBias);
    const after = gainInFloat64({ ...inputs, ...next }, prototypeProducts(inputs), derivative, MIXING_MEAN);
    expect(worst(await gains.of(next, derivative), after)).toBeLessThan(1e-5);
    const rows = Array.from({ length: buckets - 3 }, (_unused, at) => at + 3);
    const byBlocks = await gainByBlocks(gains, next, derivative, rows);
    expect(worst(byBlocks.rows, after.subarray(3 * buckets))).toBeLessThan(1e-5);
    expect(
      worst(
        byBlocks.own,
        after.filter((_, at) => at % (buckets + 1) === 0),
      ),
    ).toBeLessThan(1e-4);
  });
});

test("the gain by blocks is the whole one, where there are more buckets than a block has", async () => {
  const [buckets, classes, size] = [1100, 20, 8];
  const head = headOf(classes, size, true);
  const labels = Int32Array.from({ length: buckets }, (_unused, b) => (b * 7) % classes);
  const [prototypes, derivative] = [numbers(buckets * size), numbers(buckets * classes)];
  const gains = (await native()).gains(prototypes, labels, head);
  const whole = await gains.of(head, derivative);
  for (const chosen of [() => true, (b: number) => b % 7 !== 3]) {
    const rows = Array.from({ length: buckets }, (_unused, b) => b).filter(chosen);
    const found = await gainByBlocks(gains, head, derivative, rows);
    const expected = rows.flatMap((row) => [...whole.subarray(row * buckets, (row + 1) * buckets)]);
    expect(worst(found.rows, expected)).toBeLessThan(1e-5);
  }
});

test("of equal logits the first rival counts, and an equal label before it wins, as in arrays", async () => {
  const head: Head = {
    classes: 4,
    size: 4,
    weight: Float32Array.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]),
    bias: null,
  };
  const values = Float32Array.from([1, 1, 1, 1, 0, 2, 2, 0, 3, 0, 0, 3, 5, 5, 1, 1]);
  const set = (await native()).features(rowsInMemory(values, 4), head);
  for (const label of [0, 1, 2, 3]) {
    const labels = new Int32Array(4).fill(label);
    const expected = rivalsIn(values, labels, 0, 4);
    await set.rivals(head, labels, (found) => {
      expect(Array.from(found.margins)).toEqual(Array.from(expected.margins));
      expect(Array.from(found.rivals)).toEqual(Array.from(expected.rivals));
    });
  }
});

test("a whole tune has the same bytes again, on any number of threads, and ends where arrays end", async () => {
  const problem = smallProblem({ unlabeled: 60 });
  const isHead = headByCounts([5, 4, 3, 2, 1]);
  const constraints = [{ metric: "coverage" as const, atLeast: 0.19 }];
  const settings = { ...defaultSettings, objective: "minRecall" as const, isHead, constraints, steps: 200 };
  const tuned = async (compute: Compute) => {
    const { own, score } = await tune(problem, settings, {}, compute);
    return { hash: hashOf(own.weight), score };
  };
  const first = await tuned(await native(2));
  expect(await tuned(await native(2))).toEqual(first);
  expect((await tuned(await native(1))).hash).toBe(first.hash);
  await chooseBackend({ forced: "cpu" });
  const reference = await tune(problem, settings);
  expect(first.score.value).toBeCloseTo(reference.score.value, 2);
});

test("a graph that onnxruntime does not take is an error, and not an ending of the process", async () => {
  const library: typeof import("onnxruntime-node") = await import("onnxruntime-node");
  const graph = new Graph();
  graph.output("y", graph.node("NoSuchOperator", [graph.input("x", "float32", 2)]), "float32", 2);
  const runtime = new Runtime(library, 1);
  const x = runtime.floats(new Float32Array(4), [2, 2]);
  await expect(runtime.run("wrong", () => graph, { x }, { y: x })).rejects.toThrow(/NoSuchOperator/);
});
