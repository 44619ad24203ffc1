/** Shapes that are a matrix, or a vector, but for dimensions of 1. */
import { storesColumns } from "./headNames.ts";

/** A convolution of one pixel is a linear layer: [K,d,1,1] and [1,1,d,K] count as two-dimensional. Other shapes stay as they are. */
export function headShape({
  name,
  shape,
}: {
  readonly name: string;
  readonly shape: readonly number[];
}): readonly number[] {
  if (shape.length <= 2) return shape;
  const [matrix, rest] = storesColumns(name)
    ? [shape.slice(-2), shape.slice(0, -2)]
    : [shape.slice(0, 2), shape.slice(2)];
  return rest.every((size) => size === 1) ? matrix : shape;
}

/** Elements of a shape that is a vector but for dimensions of 1 (a scalar is one of 1); null otherwise. */
export function vectorLength(shape: readonly number[]): number | null {
  const long = shape.filter((size) => size !== 1);
  return long.length < 2 ? (long[0] ?? 1) : null;
}
