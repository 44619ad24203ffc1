/**
 * The head as one matrix H [d (+1), K]: the bias is a last row that meets a constant 1 in each sample's features, so that
 * logits are the plain product X H and one product gives the whole gradient.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { FeatureRows, Head } from "../problem.ts";

/** Columns of a sample: its features, and the constant 1 when the head has a bias. */
export function columnsOf(head: Head): number {
  return head.bias === null ? head.size : head.size + 1;
}

/** The head as H [d (+1), K], row-major. */
export function headMatrix(head: Head): Float32Array {
  const { classes, size, weight, bias } = head;
  const matrix = new Float32Array(columnsOf(head) * classes);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < classes; k++) matrix[i * classes + k] = weight[k * size + i];
  }
  if (bias !== null) matrix.set(bias, size * classes);
  return matrix;
}

/** The head on the device, [d (+1), K]. */
export function headTensor(head: Head): tf.Tensor2D {
  return tf.tensor2d(headMatrix(head), [columnsOf(head), head.classes]);
}

/** The head that a matrix [d (+1), K] stands for; the inverse of `headMatrix`. */
export function headFromMatrix(matrix: ArrayLike<number>, like: Omit<Head, "weight">): Head {
  const { classes, size } = like;
  const weight = new Float32Array(classes * size);
  for (let k = 0; k < classes; k++) {
    for (let i = 0; i < size; i++) weight[k * size + i] = matrix[i * classes + k];
  }
  const bias =
    like.bias === null
      ? null
      : Float32Array.from({ length: classes }, (_unused, k) => matrix[size * classes + k]);
  return { classes, size, weight, bias };
}

/**
 * Rows [start, start + count) as [count, width]: their features, a constant 1 when there is a column for it, and zeros to the
 * width. They are read into the end of the result and moved forward from there.
 */
export function readWithOnes(
  rows: FeatureRows,
  start: number,
  count: number,
  columns: number,
  width = columns,
): Float32Array {
  const { size } = rows;
  const result = new Float32Array(count * width);
  const end = count * (width - size);
  rows.read(start, count, result, end);
  if (width === size) return result;
  for (let row = 0; row < count; row++) {
    const [from, to] = [end + row * size, row * width];
    result.copyWithin(to, from, from + size);
    if (columns > size) result[to + size] = 1;
    if (width > columns) result.fill(0, to + columns, to + width);
  }
  return result;
}
