/** All formats, and which of them a file is. */
import path from "node:path";
import { FileError } from "../files/ranges.ts";
import { type Checkpoint, CheckpointError, type CheckpointFormat } from "./checkpoint.ts";

/** What is known of a format before a file of it is opened. */
export interface KnownFormat {
  readonly id: string;
  /** For people, e.g. "PyTorch". */
  readonly name: string;
  /** File name endings that may hold this format, lower case, mostly with the dot, e.g. ".pt". */
  readonly extensions: readonly string[];
  /** Its code, which is loaded for the first file of it: most processes open files of one format. */
  load(): Promise<CheckpointFormat>;
}

export const checkpointFormats: readonly KnownFormat[] = [
  {
    id: "safetensors",
    name: "safetensors",
    extensions: [".safetensors"],
    load: async () => (await import("./safetensors.ts")).safetensorsFormat,
  },
  {
    id: "sharded-safetensors",
    name: "safetensors in shards",
    extensions: [".safetensors.index.json"],
    load: async () => (await import("./shardedSafetensors.ts")).shardedSafetensorsFormat,
  },
  {
    id: "keras",
    name: "Keras",
    extensions: [".keras"],
    load: async () => (await import("./keras.ts")).kerasFormat,
  },
  {
    id: "keras-h5",
    name: "Keras HDF5",
    extensions: [".weights.h5", ".h5", ".hdf5"],
    load: async () => (await import("./keras.ts")).kerasWeightsFormat,
  },
  {
    id: "npz",
    name: "NumPy npz",
    extensions: [".npz"],
    load: async () => (await import("./npz.ts")).npzFormat,
  },
  {
    id: "pytorch",
    name: "PyTorch",
    extensions: [".pt", ".pth", ".ckpt", ".bin", ".pth.tar"],
    load: async () => (await import("./pytorch/pytorch.ts")).pytorchFormat,
  },
  {
    id: "onnx",
    name: "ONNX",
    extensions: [".onnx"],
    load: async () => (await import("./onnx/onnx.ts")).onnxFormat,
  },
  {
    id: "tfjs",
    name: "TensorFlow.js",
    extensions: ["model.json", "model.selmix.json"],
    load: async () => (await import("./tfjs/tfjs.ts")).tfjsFormat,
  },
];

/** Every file name ending that may be a checkpoint, lower case; mostly with its dot. */
export const checkpointExtensions: readonly string[] = checkpointFormats.flatMap(
  (format) => format.extensions,
);

/** The format that a file's name speaks of, by its longest known ending; null when none does. */
export function formatOf(file: string): KnownFormat | null {
  const ending = checkpointEnding(file).toLowerCase();
  return checkpointFormats.find((format) => format.extensions.includes(ending)) ?? null;
}

/** The ending that says a checkpoint's format, such as ".weights.h5"; what follows the last dot when none is known. */
export function checkpointEnding(file: string): string {
  const name = path.basename(file);
  const known = checkpointExtensions.filter((extension) => name.toLowerCase().endsWith(extension));
  const length = known.reduce((longest, extension) => Math.max(longest, extension.length), 0);
  return length > 0 ? name.slice(-length) : path.extname(name);
}

/** Opens a checkpoint of any known format. Throws `CheckpointError` or `FileError` with one sentence. */
export async function openCheckpoint(file: string): Promise<Checkpoint> {
  const format = formatOf(file);
  if (!format) {
    throw new CheckpointError(
      `${file} is of no known checkpoint format; known endings are ${checkpointExtensions.join(", ")}.`,
    );
  }
  return (await format.load()).open(file);
}

/** Whether a checkpoint is there and structurally whole: false for one that is half written, gone, or of no known format. */
export async function isCompleteCheckpoint(file: string): Promise<boolean> {
  try {
    const format = await formatOf(file)?.load();
    return (await format?.isComplete(file)) ?? false;
  } catch (error) {
    if (error instanceof FileError || error instanceof CheckpointError) return false;
    throw error;
  }
}
