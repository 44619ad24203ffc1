/** A checkpoint in memory, for tests of what is made of its tensors. */
import { Readable } from "node:stream";
import type { Checkpoint, LinearLayer, TensorInfo } from "../../src/checkpoints/checkpoint.ts";

export type Shapes = Record<string, readonly number[]>;

/** A checkpoint of these shapes; the numbers of each tensor count up from 0, or are those given. */
export function checkpointOf(
  shapes: Shapes,
  more: Record<string, Partial<TensorInfo>> = {},
  linearLayers?: readonly LinearLayer[],
  values: Record<string, readonly number[]> = {},
): Checkpoint {
  const tensors = Object.entries(shapes).map(([name, shape]): TensorInfo => {
    return { name, shape, type: "F32", bytes: 4, ...more[name] };
  });
  return {
    path: "model.test",
    format: "test",
    tensors,
    ...(linearLayers ? { linearLayers } : {}),
    read: async (name) => {
      if (values[name]) return Float32Array.from(values[name]);
      const count = (shapes[name] ?? []).reduce((a, b) => a * b, 1);
      return Float32Array.from({ length: count }, (_, i) => i);
    },
    bytesOf: () => Readable.from([]),
    writeCopy: async () => undefined,
    close: async () => undefined,
  };
}
