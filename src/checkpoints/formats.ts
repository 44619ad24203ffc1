/** All formats, and which of them a file is. */
import path from "node:path";
import { FileError } from "../files/ranges.ts";
import { type Checkpoint, CheckpointError, type CheckpointFormat } from "./checkpoint.ts";
import { foreignFile } from "./foreignFormats.ts";

/** What is known of a format before a file of it is opened. */
export interface KnownFormat {
  readonly id: string;
  /** For people, e.g. "PyTorch". */
  readonly name: string;
  /** File name endings that may hold this format, lower case, mostly with the dot, e.g. ".pt". */
  readonly extensions: readonly string[];
  /** Endings that many other files have, too: never looked for, but taken where the user names such a file. */
  readonly vagueExtensions?: readonly string[];
  /** Whether other files may belong to the one that is named; `CheckpointFormat.parts` says which. */
  readonly severalFiles: boolean;
  /** The kind of script that makes its features, unless files beside it tell better. */
  readonly exportKind: "keras" | "pytorch" | "sklearn";
  /** What runs it as a network here; null where nothing does. */
  readonly network: "onnx" | "keras" | "tfjs" | null;
  /** What to do where `"train": "all"` is asked for; null for a format whose networks are trained whole here. */
  readonly insteadOfTraining: string | null;
  /** Its code, which is loaded for the first file of it: most processes open files of one format. */
  load(): Promise<CheckpointFormat>;
}

const torchLoop = 'have "selmix policy --script" write the training loop in PyTorch';
const nothingElse = 'fit it again, or set "train" to "head"';
const asLayersModel = "convert it to a TF.js layers model";

export const checkpointFormats: readonly KnownFormat[] = [
  {
    id: "safetensors",
    name: "safetensors",
    extensions: [".safetensors"],
    severalFiles: false,
    exportKind: "pytorch",
    network: null,
    insteadOfTraining: torchLoop,
    load: async () => (await import("./safetensors.ts")).safetensorsFormat,
  },
  {
    id: "sharded-safetensors",
    name: "safetensors in shards",
    extensions: [".safetensors.index.json"],
    severalFiles: true,
    exportKind: "pytorch",
    network: null,
    insteadOfTraining: torchLoop,
    load: async () => (await import("./shardedSafetensors.ts")).shardedSafetensorsFormat,
  },
  {
    id: "keras",
    name: "Keras",
    extensions: [".keras"],
    severalFiles: false,
    exportKind: "keras",
    network: "keras",
    insteadOfTraining: null,
    load: async () => (await import("./keras.ts")).kerasFormat,
  },
  {
    id: "keras-h5",
    name: "Keras HDF5",
    extensions: [".weights.h5", ".h5", ".hdf5"],
    severalFiles: false,
    exportKind: "keras",
    network: null,
    insteadOfTraining: "save it as .keras with model.save of Keras 3",
    load: async () => (await import("./keras.ts")).kerasWeightsFormat,
  },
  {
    id: "npz",
    name: "NumPy npz",
    extensions: [".npz"],
    severalFiles: false,
    exportKind: "pytorch",
    network: null,
    insteadOfTraining: asLayersModel,
    load: async () => (await import("./npz.ts")).npzFormat,
  },
  {
    id: "sklearn",
    name: "scikit-learn",
    extensions: [".joblib", ".pkl", ".pickle"],
    severalFiles: false,
    exportKind: "sklearn",
    network: null,
    insteadOfTraining: nothingElse,
    load: async () => (await import("./sklearn/pickled.ts")).pickledFormat,
  },
  {
    id: "skops",
    name: "scikit-learn (skops)",
    extensions: [".skops"],
    severalFiles: false,
    exportKind: "sklearn",
    network: null,
    insteadOfTraining: nothingElse,
    load: async () => (await import("./sklearn/skops.ts")).skopsFormat,
  },
  {
    id: "pytorch",
    name: "PyTorch",
    extensions: [".pt", ".pth", ".ckpt", ".bin", ".pth.tar"],
    severalFiles: false,
    exportKind: "pytorch",
    network: null,
    insteadOfTraining: torchLoop,
    load: async () => (await import("./pytorch/pytorch.ts")).pytorchFormat,
  },
  {
    id: "onnx",
    name: "ONNX",
    extensions: [".onnx"],
    severalFiles: true,
    exportKind: "pytorch",
    network: "onnx",
    insteadOfTraining: asLayersModel,
    load: async () => (await import("./onnx/onnx.ts")).onnxFormat,
  },
  {
    id: "tfjs",
    name: "TensorFlow.js",
    extensions: ["model.json", ".selmix.json"],
    vagueExtensions: [".json"],
    severalFiles: true,
    exportKind: "pytorch",
    network: "tfjs",
    insteadOfTraining: null,
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
  const has = (endings: readonly string[] = []) => endings.includes(ending);
  return (
    checkpointFormats.find(({ extensions }) => has(extensions)) ??
    checkpointFormats.find(({ vagueExtensions }) => has(vagueExtensions)) ??
    null
  );
}

/** Whether files called so are looked for as checkpoints. */
export function isCheckpointName(file: string): boolean {
  return checkpointExtensions.includes(checkpointEnding(file).toLowerCase());
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
    const foreign = foreignFile(file);
    if (foreign !== null) throw new CheckpointError(foreign);
    throw new CheckpointError(
      `${file} is of no known checkpoint format; known endings are ${checkpointExtensions.join(", ")}.`,
    );
  }
  return (await format.load()).open(file);
}

/**
 * All files that a checkpoint consists of, its own path first: some formats keep their tensors in files beside the one that is
 * named. One that cannot be read (yet) names no others.
 */
export async function checkpointParts(file: string): Promise<string[]> {
  const format = formatOf(file);
  if (!format?.severalFiles) return [file];
  try {
    return [file, ...((await (await format.load()).parts?.(file)) ?? [])];
  } catch (error) {
    if (error instanceof FileError || error instanceof CheckpointError) return [file];
    throw error;
  }
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
