/** Whether a backend computes what it should: a training step and predictions against plain loops. */

import { rowsInMemory } from "../../selmix/problem.ts";
import { headMatrix } from "../../selmix/tensors/headTensor.ts";
import type { Compute } from "../../selmix/validation/evaluator.ts";
import { BackendError } from "./backend.ts";

/** Backends multiply small and large matrices by different kernels, and edges that fill no tile by yet others. */
const sizes = [
  { batch: 9, size: 13, classes: 5 },
  { batch: 70, size: 130, classes: 66 },
] as const;
type Size = (typeof sizes)[number];

const rate = 0.5;

/** GPUs may multiply with 10-bit mantissas (TF32); anything worse than this is wrong, not imprecise. */
const tolerance = 4e-3;

/** Numbers in [-1, 1) that are the same everywhere. */
function numbers(count: number, salt: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => ((i * 7919 + salt * 104729) % 2003) / 1001.5 - 1);
}

const labelOf = (row: number, { classes }: Size) => (row * 3) % classes;
const featuresOf = ({ batch, size }: Size) => numbers(batch * size, 1);
/** [K,d], in the scale of a trained head. */
const weightOf = ({ size, classes }: Size) =>
  numbers(size * classes, 2).map((value) => value / Math.sqrt(size));

interface Step {
  /** The head after one step, [d,K]. */
  readonly head: ArrayLike<number>;
  /** Predicted classes before it, [n]. */
  readonly predicted: ArrayLike<number>;
}

/** One step down the cross-entropy of a linear head, in loops. */
function stepInLoops(sizes: Size): Step {
  const { batch, size, classes } = sizes;
  const [features, weight] = [featuresOf(sizes), weightOf(sizes)];
  const head = new Float64Array(size * classes);
  for (let k = 0; k < size; k++)
    for (let c = 0; c < classes; c++) head[k * classes + c] = weight[c * size + k];
  const next = Float64Array.from(head);
  const predicted = new Int32Array(batch);
  for (let row = 0; row < batch; row++) {
    const logits = new Float64Array(classes);
    for (let k = 0; k < size; k++) {
      for (let c = 0; c < classes; c++) logits[c] += features[row * size + k] * head[k * classes + c];
    }
    const largest = Math.max(...logits);
    predicted[row] = logits.indexOf(largest);
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    for (let c = 0; c < classes; c++) {
      const target = labelOf(row, sizes) === c ? 1 : 0;
      const error = Math.exp(logits[c] - largest) / total - target;
      for (let k = 0; k < size; k++)
        next[k * classes + c] -= (rate * error * features[row * size + k]) / batch;
    }
  }
  return { head: next, predicted };
}

/** The same on the backend, by the code that tunes. */
async function stepOnBackend(sizes: Size, compute: Compute): Promise<Step> {
  const { batch, size, classes } = sizes;
  const rows = rowsInMemory(featuresOf(sizes), size);
  const head = { classes, size, weight: weightOf(sizes), bias: null };
  const samples = Array.from({ length: batch }, (_, row) => ({
    first: { rows, row },
    second: null,
    beta: 1,
    label: labelOf(row, sizes),
  }));
  const [trainer, set] = [compute.trainer(head, batch), compute.features(rows, head)];
  try {
    await trainer.step(samples, rate);
    const [after, [predicted]] = await Promise.all([trainer.head(), set.predict([head])]);
    return { head: headMatrix(after), predicted: predicted ?? [] };
  } finally {
    trainer.dispose();
    set.dispose();
  }
}

/** Throws `BackendError` when a backend's numbers differ from the loops'. Takes milliseconds. */
export async function checkNumbers(name: string, compute: Compute): Promise<void> {
  for (const size of sizes) {
    const [expected, found] = [stepInLoops(size), await stepOnBackend(size, compute)];
    const worst = largestDifference(expected.head, found.head);
    // A prediction may only differ where the numbers do, or where two classes tie as nearly as they may differ.
    if (!(worst <= tolerance) || differing(expected.predicted, found.predicted) > size.batch / 16) {
      throw new BackendError(
        `${name} computes wrong numbers here (a training step is off by ${worst.toPrecision(2)}): update the GPU's driver, or use wasm.`,
      );
    }
  }
}

function largestDifference(expected: ArrayLike<number>, found: ArrayLike<number>): number {
  let largest = 0;
  for (let at = 0; at < expected.length; at++) {
    const difference = Math.abs(expected[at] - found[at]);
    // NaN must not pass as small.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

function differing(expected: ArrayLike<number>, found: ArrayLike<number>): number {
  let count = 0;
  for (let at = 0; at < expected.length; at++) if (expected[at] !== found[at]) count++;
  return count;
}
