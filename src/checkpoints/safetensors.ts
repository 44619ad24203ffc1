/** safetensors checkpoints, as Hugging Face and timm write them. */
import { copyPatched, type Patch } from "../files/atomic.ts";
import { decodeFloats, elementCount, isFloatType } from "../files/numbers.ts";
import { type ByteSource, FileError, openSource, pieces, readLong, sliceOf } from "../files/ranges.ts";
import { readSafetensors, type SafetensorsEntry } from "../files/safetensors.ts";
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointFormat,
  type TensorInfo,
  type TensorReplacement,
} from "./checkpoint.ts";
import { encodeTensor, listedType } from "./tensors.ts";

export const safetensorsFormat: CheckpointFormat = {
  async isComplete(path) {
    const source = await openSource(path);
    try {
      await readSafetensors(source);
      return true;
    } catch (error) {
      if (error instanceof FileError) return false;
      throw error;
    } finally {
      await source.close();
    }
  },

  async open(path) {
    const source = await openSource(path);
    try {
      const entries = new Map((await readSafetensors(source)).map((entry) => [entry.name, entry]));
      const checkpoint: Checkpoint = {
        path,
        format: "safetensors",
        tensors: [...entries.values()].map(describeEntry),
        async read(name) {
          const values = await readEntry(source, entryNamed(path, entries, name));
          await source.assertUnchanged();
          return values;
        },
        bytesOf(name) {
          const { offset, bytes } = entryNamed(path, entries, name);
          return pieces(sliceOf(source, offset, bytes));
        },
        async placeOf(name) {
          const { offset, bytes } = entryNamed(path, entries, name);
          return sliceOf(source, offset, bytes);
        },
        async writeCopy(target, replacements, writing) {
          const patches = replacements.map((one) =>
            entryPatch(path, entryNamed(path, entries, one.name), one),
          );
          await copyPatched(source, target, patches, writing);
        },
        close: () => source.close(),
      };
      return checkpoint;
    } catch (error) {
      await source.close();
      throw error;
    }
  },
};

/** An entry as `inspect` lists it. */
export function describeEntry(entry: SafetensorsEntry): TensorInfo {
  const { name, shape, bytes } = entry;
  return { name, shape, bytes, type: listedType(entry.type) };
}

/** Reads an entry as float32. Throws `CheckpointError` when it is not floating-point. */
export async function readEntry(source: ByteSource, entry: SafetensorsEntry): Promise<Float32Array> {
  if (!isFloatType(entry.type)) throw notFloat(source.name, entry);
  const values = new Float32Array(elementCount(entry.shape));
  decodeFloats(entry.type, await readLong(source, entry.offset, entry.bytes), values.length, values, 0);
  return values;
}

/** New numbers for an entry as a patch of its file. Throws `CheckpointError` when they do not fit it. */
export function entryPatch(path: string, entry: SafetensorsEntry, replacement: TensorReplacement): Patch {
  if (!isFloatType(entry.type)) throw notFloat(path, entry);
  return { offset: entry.offset, bytes: encodeTensor(path, { ...entry, type: entry.type }, replacement) };
}

function entryNamed(path: string, entries: ReadonlyMap<string, SafetensorsEntry>, name: string) {
  const entry = entries.get(name);
  if (!entry) throw new CheckpointError(`${path} has no tensor ${name}; list its tensors with inspect.`);
  return entry;
}

function notFloat(path: string, entry: SafetensorsEntry): CheckpointError {
  return new CheckpointError(
    `${path} keeps ${entry.name} as ${entry.type}; a head is F16, BF16, F32 or F64.`,
  );
}
