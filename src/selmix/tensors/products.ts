/**
 * Products with a transposed factor, the way the backend that is set likes them. WebAssembly takes ten times as long when it
 * is asked by a flag as when the factor is turned over first; the others take the flag at no cost, and the copy would cost.
 */
import * as tf from "@tensorflow/tfjs-core";

/** Whether a factor is transposed by a flag at no cost on the backend that is set. */
export function transposesFreely(): boolean {
  return tf.getBackend() !== "wasm";
}

/** Multiplies by B' from the right: of A [m,k] it makes A B' [m,n]. B [n,k] is turned over once, where that is needed. */
export function timesTransposed(b: tf.Tensor2D): (a: tf.Tensor2D) => tf.Tensor2D {
  if (transposesFreely()) return (a) => tf.matMul(a, b, false, true);
  const turned = tf.transpose(b);
  return (a) => tf.matMul(a, turned);
}
