/** A head in a checkpoint: where it lies, how it is stored, read into [K,d] and written back as it was stored. */
import type { Head } from "../selmix/problem.ts";
import { type Checkpoint, CheckpointError, type TensorReplacement } from "./checkpoint.ts";

/** Where a head lies: names of tensors, and how the weight is stored. */
export interface HeadLocation {
  readonly weight: string;
  readonly bias: string | null;
  /** `rows`: the weight is stored [classes, size]; `columns`: [size, classes]. */
  readonly layout: "rows" | "columns";
  readonly classes: number;
  readonly size: number;
  /** Why this one: a sentence. */
  readonly reason: string;
}

/** A gigabyte in float32, as it is kept several times over while it is tuned. */
const mostNumbers = 2 ** 28;

/** Reads the head as [classes, size]. Throws `CheckpointError` when it is too large, or a number in it is NaN or infinite. */
export async function readHead(checkpoint: Checkpoint, location: HeadLocation): Promise<Head> {
  const { classes, size } = location;
  if (!(classes * size <= mostNumbers)) {
    throw new CheckpointError(
      `${location.weight} in ${checkpoint.path} has ${classes} classes of ${size} features, more than the ${mostNumbers} numbers that a head may have.`,
    );
  }
  const stored = await checkpoint.read(location.weight);
  const bias = location.bias === null ? null : await checkpoint.read(location.bias);
  requireFinite(checkpoint, location.weight, stored);
  if (bias) requireFinite(checkpoint, location.bias ?? "", bias);
  const weight = location.layout === "rows" ? stored : transposed(stored, size, classes);
  if (weight.length !== classes * size || (bias && bias.length !== classes)) {
    throw new CheckpointError(`${checkpoint.path} changed its shape while it was read; try again.`);
  }
  return { classes, size, weight, bias };
}

/**
 * What writing `head` to its place replaces. A head without a bias has no place for one:
 * throws `CheckpointError` when one was given nevertheless, or when the sizes differ.
 */
export function headReplacements(location: HeadLocation, head: Head): TensorReplacement[] {
  if (head.classes !== location.classes || head.size !== location.size) {
    throw new CheckpointError(
      `${location.weight} has ${location.classes} classes of ${location.size} features, ` +
        `and a head of ${head.classes} by ${head.size} was to be written there.`,
    );
  }
  const { weight, bias, classes, size } = head;
  const values = location.layout === "rows" ? weight : transposed(weight, classes, size);
  if (bias === null) return [{ name: location.weight, values }];
  if (location.bias === null) {
    throw new CheckpointError(
      `${location.weight} has no bias beside it, so a tuned bias has no place to go.`,
    );
  }
  return [
    { name: location.weight, values },
    { name: location.bias, values: bias },
  ];
}

function requireFinite(checkpoint: Checkpoint, name: string, values: Float32Array): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new CheckpointError(
    `${checkpoint.path} holds ${values[at]} in ${name} at element ${at}; use a checkpoint from before training diverged.`,
  );
}

/** [rows, columns] to [columns, rows]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      turned[column * rows + row] = values[row * columns + column] ?? 0;
    }
  }
  return turned;
}
