/**
 * Cosine heads: logits = scale cos(w_k, x). With features of unit length and rows that all have the length `scale`, such a head is a linear
 * one without a bias. It is trained on that sphere: after each cycle every row is brought back to its length, before anything is
 * measured of it (a projected gradient).
 */

import { type FeatureRows, type Head, rowsInMemory } from "../problem.ts";
import type { Compute, HeadTrainer } from "../validation/evaluator.ts";

/** torch.nn.functional.normalize divides by no less. */
const SMALLEST = 1e-12;

/** Divides each row of values [n, size] by its length and multiplies it by another. */
function setLengths(values: Float32Array, size: number, length: number, from = 0, to = values.length): void {
  for (let at = from; at < to; at += size) {
    let square = 0;
    for (let i = at; i < at + size; i++) square += values[i] * values[i];
    const factor = length / Math.max(Math.sqrt(square), SMALLEST);
    for (let i = at; i < at + size; i++) values[i] *= factor;
  }
}

/** The head with every row at the length that it is to keep; as it is where none is asked for. */
export function onSphere(head: Head): Head {
  if (head.rowLength === undefined) return head;
  const weight = head.weight.slice();
  setLengths(weight, head.size, head.rowLength);
  return { ...head, weight };
}

/** Rows of features at unit length. */
export function unitRows(rows: FeatureRows): FeatureRows {
  const { count, size } = rows;
  const read: FeatureRows["read"] = (start, many, target, at) => {
    rows.read(start, many, target, at);
    setLengths(target, size, 1, at, at + many * size);
  };
  if (rows.values === undefined) return { count, size, read };
  const values = new Float32Array(count * size);
  read(0, count, values, 0);
  return rowsInMemory(values, size);
}

/** Training that brings the head back to the sphere of `like` whenever it is looked at. */
export function computeOnSphere(compute: Compute, like: Head): Compute {
  return {
    features: (rows, head) => compute.features(rows, head),
    gains: (prototypes, labels, head) => compute.gains(prototypes, labels, head),
    trainer: (head, batchSize) => trainerOnSphere(compute.trainer(head, batchSize), like),
  };
}

function trainerOnSphere(trainer: HeadTrainer, { rowLength }: Head): HeadTrainer {
  return {
    step: (samples, rate) => trainer.step(samples, rate),
    async head() {
      const head = onSphere({ ...(await trainer.head()), ...(rowLength !== undefined && { rowLength }) });
      trainer.set(head);
      return head;
    },
    set: (head) => trainer.set(head),
    settled: () => trainer.settled(),
    dispose: () => trainer.dispose(),
  };
}
