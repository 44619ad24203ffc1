/** Training steps on the backend that is set, beside the same steps in float64 loops. */

import type { MixedSample } from "../../src/selmix/mixing/mixedBatch.ts";
import { type FeatureRows, type Head, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";
import { headMatrix } from "../../src/selmix/tensors/headTensor.ts";
import type { Compute } from "../../src/selmix/validation/evaluator.ts";
import { halfRows } from "./halfRows.ts";

const [classes, size, batchSize, rate] = [5, 18, 12, 0.3];
const random = new Random(11);
const values = (count: number) => Float32Array.from({ length: count }, () => random.uniform() - 0.5);
const table = (rows: number) => rowsInMemory(values(rows * size), size);

/** A table that would not fit into memory: its rows repeat. */
const endless: FeatureRows = {
  count: 2 ** 40,
  size,
  read(start, count, target, at) {
    for (let i = 0; i < count * size; i++) target[at + i] = Math.sin((start * size + i) % 1000);
  },
};

function samplesOf(first: FeatureRows, second: FeatureRows | null, rows: number): MixedSample[] {
  return Array.from({ length: batchSize }, (_unused, at) => ({
    first: { rows: first, row: (7 * at) % rows },
    second: second === null || at % 4 === 0 ? null : { rows: second, row: (5 * at + 1) % rows },
    beta: second === null || at % 4 === 0 ? 1 : 0.8,
    label: at % classes,
  }));
}

const [one, other] = [table(30), table(30)];
const halves = halfRows(values(30 * size), size);
const linear = { middle: values(size), factor: values(size).map((value) => 1 + value) };
const conditioned = halfRows(values(30 * size), size, linear);
const batches: Record<string, MixedSample[]> = {
  "pairs of one table": samplesOf(one, one, 30),
  "pairs of another": samplesOf(other, other, 30),
  "single samples": samplesOf(one, null, 30),
  "pairs in float16": samplesOf(halves, halves, 30),
  "pairs in float16 that features are made of": samplesOf(conditioned, conditioned, 30),
  "pairs of two tables in float16": samplesOf(halves, conditioned, 30),
  "pairs of two tables": samplesOf(one, other, 30),
  "pairs of a table as large as a disk": samplesOf(endless, endless, 2 ** 40),
};

function featuresOf({ first, second, beta }: MixedSample): number[] {
  const [a, b] = [new Float32Array(size), new Float32Array(size)];
  first.rows.read(first.row, 1, a, 0);
  second?.rows.read(second.row, 1, b, 0);
  return Array.from(a, (value, i) => (second === null ? value : beta * value + (1 - beta) * b[i]));
}

/** H <- H + X' (onehot - softmax(X H)) rate / n, H [d (+1), K] row-major. */
function stepInLoops(matrix: Float64Array, columns: number, samples: readonly MixedSample[]): void {
  const change = new Float64Array(matrix.length);
  for (const sample of samples) {
    const x = [...featuresOf(sample), 1].slice(0, columns);
    const logits = Array.from({ length: classes }, (_unused, k) =>
      x.reduce((sum, value, i) => sum + value * matrix[i * classes + k], 0),
    );
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    logits.forEach((logit, k) => {
      const missing = (k === sample.label ? 1 : 0) - Math.exp(logit) / total;
      x.forEach((value, i) => {
        change[i * classes + k] += (value * missing * rate) / samples.length;
      });
    });
  }
  change.forEach((value, at) => {
    matrix[at] += value;
  });
}

/** The largest difference of a number of the head after the steps on all batches, for heads with and without a bias. */
export async function worstStep(compute: Compute): Promise<number> {
  let worst = 0;
  for (const bias of [null, values(classes)]) {
    const head: Head = { classes, size, weight: values(classes * size), bias };
    const columns = bias === null ? size : size + 1;
    const trainer = compute.trainer(head, batchSize);
    const read = async () => Float64Array.from(headMatrix(await trainer.head()));
    const expected = await read();
    const before = expected.slice();
    for (const samples of Object.values(batches)) {
      await trainer.step(samples, rate);
      stepInLoops(expected, columns, samples);
    }
    const found = await read();
    trainer.dispose();
    if (found.every((value, at) => value === before[at])) throw new Error("The steps changed nothing.");
    if (found.length !== expected.length) throw new Error("The head has another size.");
    found.forEach((value, at) => {
      worst = Math.max(worst, Math.abs(value - expected[at]));
    });
  }
  return worst;
}
