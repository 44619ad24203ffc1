/** Whether tfjs' current backend computes what it should: the ops of a training step against plain loops. */
import * as tf from "@tensorflow/tfjs-core";
import { BackendError } from "./backend.ts";

const [batch, size, classes] = [9, 13, 5];
const rate = 0.5;

/** GPUs may multiply with 10-bit mantissas (TF32); anything worse than this is wrong, not imprecise. */
const tolerance = 4e-3;

/** Numbers in [-1, 1) that are the same everywhere. */
function numbers(count: number, salt: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => ((i * 7919 + salt * 104729) % 2003) / 1001.5 - 1);
}

const features = numbers(batch * size, 1);
const weight = numbers(size * classes, 2);
const labels = Int32Array.from({ length: batch }, (_, row) => (row * 3) % classes);

/** One step down the cross-entropy of a linear head, in loops: the new weight [d,K] and the predicted classes [n]. */
function stepInLoops(): { weight: Float64Array; predicted: Int32Array } {
  const next = Float64Array.from(weight);
  const predicted = new Int32Array(batch);
  for (let row = 0; row < batch; row++) {
    const logits = new Float64Array(classes);
    for (let k = 0; k < size; k++) {
      for (let c = 0; c < classes; c++) logits[c] += features[row * size + k] * weight[k * classes + c];
    }
    const largest = Math.max(...logits);
    predicted[row] = logits.indexOf(largest);
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    for (let c = 0; c < classes; c++) {
      const error = Math.exp(logits[c] - largest) / total - (labels[row] === c ? 1 : 0);
      for (let k = 0; k < size; k++)
        next[k * classes + c] -= (rate * error * features[row * size + k]) / batch;
    }
  }
  return { weight: next, predicted };
}

/** The same on the backend, with the kernels that tuning uses. */
async function stepOnBackend() {
  const [next, predicted] = tf.tidy(() => {
    const all = tf.tensor2d(features, [batch, size]);
    const x: tf.Tensor2D = tf.gather(all, tf.range(0, batch, 1, "int32"));
    const w = tf.tensor2d(weight, [size, classes]);
    const logits: tf.Tensor2D = tf.matMul(x, w);
    const exponentials = tf.exp(tf.sub(logits, tf.max(logits, 1, true)));
    const probabilities = tf.div(exponentials, tf.sum(exponentials, 1, true));
    const error: tf.Tensor2D = tf.sub(probabilities, tf.oneHot(tf.tensor1d(labels, "int32"), classes));
    const gradient = tf.matMul(tf.transpose(x), error);
    return [tf.sub(w, tf.mul(gradient, rate / batch)), tf.argMax(logits, 1)];
  });
  const [weights, classesOf] = await Promise.all([next.data(), predicted.data()]);
  tf.dispose([next, predicted]);
  return { weight: weights, predicted: classesOf };
}

/** Throws `BackendError` when the current backend's numbers differ from the loops'. Takes milliseconds. */
export async function checkNumbers(name: string): Promise<void> {
  const [expected, found] = [stepInLoops(), await stepOnBackend()];
  const worst = expected.weight.reduce(
    (largest, value, at) => Math.max(largest, Math.abs(value - found.weight[at])),
    0,
  );
  const samePrediction = expected.predicted.every((label, row) => label === found.predicted[row]);
  if (!(worst <= tolerance) || !samePrediction) {
    throw new BackendError(
      `${name} computes wrong numbers here (a training step is off by ${worst.toPrecision(2)}): update the GPU's driver, or use wasm.`,
    );
  }
}
