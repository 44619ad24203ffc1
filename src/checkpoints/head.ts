/** A head in a checkpoint: where it lies, how it is stored, read into [K,d] and written back as it was stored. */

import { onSphere } from "../selmix/heads/sphere.ts";
import type { Head } from "../selmix/problem.ts";
import { type Checkpoint, CheckpointError, type TensorReplacement } from "./checkpoint.ts";

/** The tensors of one linear layer. */
export interface HeadTensors {
  readonly weight: string;
  readonly bias: string | null;
  /** weight_norm: the tensor with the length of each row [K, 1]; `weight` holds the directions. */
  readonly lengths?: string;
}

/** Where a head lies: names of tensors, and how the weight is stored. */
export interface HeadLocation extends HeadTensors {
  /** `rows`: the weight is stored [classes, size]; `columns`: [size, classes]. */
  readonly layout: "rows" | "columns";
  readonly classes: number;
  readonly size: number;
  /** The layer has one output z, the logit of class 1 against class 0: its weight is [1, size], [size, 1] or [size]. */
  readonly oneOutput?: boolean;
  /** The scale s of a cosine head, whose logits are s cos(w, x): rows count by their direction alone. */
  readonly cosine?: number;
  /** Other copies of the layer in the same file (averaged ones) that are written alike. */
  readonly copies?: readonly HeadTensors[];
  /** Why this one: a sentence. */
  readonly reason: string;
  /** What the user should know about it, a sentence each. */
  readonly notes?: readonly string[];
}

/** Every tensor that holds numbers of the head. */
export function headNames({ weight, bias, lengths }: HeadTensors): string[] {
  return [weight, bias, lengths].filter((name) => typeof name === "string");
}

/** A gigabyte in float32, as it is kept several times over while it is tuned. */
const mostNumbers = 2 ** 28;

/**
 * Reads the head as [classes, size]; of a layer with one output z, the logits are (0, z). Throws `CheckpointError` when it is too
 * large, or a number in it is NaN or infinite.
 */
export async function readHead(
  checkpoint: Pick<Checkpoint, "path" | "read">,
  location: HeadLocation,
): Promise<Head> {
  const { classes, size } = location;
  if (!(classes * size <= mostNumbers)) {
    throw new CheckpointError(
      `${location.weight} in ${checkpoint.path} has ${classes} classes of ${size} features, more than the ${mostNumbers} numbers that a head may have.`,
    );
  }
  const read = async (name: string | null | undefined, count: number) => {
    if (name === null || name === undefined) return null;
    const values = await checkpoint.read(name);
    requireFinite(checkpoint, name, values);
    if (values.length === count) return values;
    throw new CheckpointError(`${checkpoint.path} changed its shape while it was read; try again.`);
  };
  const outputs = outputsOf(location);
  const stored = (await read(location.weight, outputs * size)) ?? new Float32Array();
  const lengths = await read(location.lengths, outputs);
  const bias = await read(location.bias, outputs);
  const rows = location.layout === "rows" ? stored : transposed(stored, size, outputs);
  const weight = lengths ? withLengths(rows, lengths, size) : rows;
  const { cosine } = location;
  if (cosine !== undefined) return onSphere({ classes, size, weight, bias, rowLength: cosine });
  if (!location.oneOutput) return { classes, size, weight, bias };
  return { classes, size, weight: afterZeros(weight), bias: bias && afterZeros(bias) };
}

/**
 * What writing `head` to its place replaces, in every copy of it. A head without a bias has no place for one:
 * throws `CheckpointError` when one was given nevertheless, or when the sizes differ.
 */
export function headReplacements(location: HeadLocation, head: Head): TensorReplacement[] {
  if (head.classes !== location.classes || head.size !== location.size) {
    throw new CheckpointError(
      `${location.weight} has ${location.classes} classes of ${location.size} features, ` +
        `and a head of ${head.classes} by ${head.size} was to be written there.`,
    );
  }
  if (head.bias !== null && location.bias === null) {
    throw new CheckpointError(
      `${location.weight} has no bias beside it, so a tuned bias has no place to go.`,
    );
  }
  const { size } = head;
  const { weight: given } = location.cosine === undefined ? head : onSphere({ ...head, rowLength: 1 });
  const weight = location.oneOutput ? secondLessFirst(given) : given;
  const bias = location.oneOutput ? head.bias && secondLessFirst(head.bias) : head.bias;
  const rows = location.lengths === undefined ? weight : directions(weight, size);
  const values = location.layout === "rows" ? rows : transposed(rows, outputsOf(location), size);
  return [location, ...(location.copies ?? [])].flatMap((place) => [
    { name: place.weight, values },
    ...(place.lengths === undefined ? [] : [{ name: place.lengths, values: lengthsOf(weight, size) }]),
    ...(bias === null || place.bias === null ? [] : [{ name: place.bias, values: bias }]),
  ]);
}

/** Rows that the layer itself has. */
function outputsOf({ classes, oneOutput }: HeadLocation): number {
  return oneOutput ? 1 : classes;
}

/** One row z as the rows (0, z). */
function afterZeros(row: Float32Array): Float32Array {
  const both = new Float32Array(2 * row.length);
  both.set(row, row.length);
  return both;
}

/** The row of class 1 less that of class 0: all that a sigmoid sees of the two. */
function secondLessFirst(both: Float32Array): Float32Array {
  const length = both.length / 2;
  return Float32Array.from({ length }, (_, i) => (both[length + i] ?? 0) - (both[i] ?? 0));
}

/** The length of each row. */
function lengthsOf(rows: Float32Array, size: number): Float32Array {
  return Float32Array.from({ length: rows.length / size }, (_, i) =>
    Math.sqrt(rows.subarray(i * size, (i + 1) * size).reduce((sum, value) => sum + value ** 2, 0)),
  );
}

/** Rows v with lengths g as weight_norm has them: g v / |v|. */
function withLengths(rows: Float32Array, lengths: Float32Array, size: number): Float32Array {
  const own = lengthsOf(rows, size);
  return rows.map((value, i) => {
    const k = Math.floor(i / size);
    return own[k] === 0 ? 0 : ((lengths[k] ?? 0) * value) / (own[k] ?? 1);
  });
}

/** What weight_norm divides by its own length: the rows themselves; a row of zeros has no direction, and any will do for it. */
function directions(rows: Float32Array, size: number): Float32Array {
  const result = rows.slice();
  for (const [k, length] of lengthsOf(rows, size).entries()) if (length === 0) result[k * size] = 1;
  return result;
}

function requireFinite({ path }: Pick<Checkpoint, "path">, name: string, values: Float32Array): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new CheckpointError(
    `${path} holds ${values[at]} in ${name} at element ${at}; use a checkpoint from before training diverged.`,
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
