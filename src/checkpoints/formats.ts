/** All formats, and which of them a file is. */
import path from "node:path";
import { FileError } from "../files/ranges.ts";
import { type Checkpoint, CheckpointError, type CheckpointFormat } from "./checkpoint.ts";
import { kerasFormat, kerasWeightsFormat } from "./keras.ts";
import { npzFormat } from "./npz.ts";
import { onnxFormat } from "./onnx/onnx.ts";
import { pytorchFormat } from "./pytorch/pytorch.ts";
import { safetensorsFormat } from "./safetensors.ts";
import { shardedSafetensorsFormat } from "./shardedSafetensors.ts";
import { tfjsFormat } from "./tfjs/tfjs.ts";

export const checkpointFormats: readonly CheckpointFormat[] = [
  safetensorsFormat,
  shardedSafetensorsFormat,
  kerasFormat,
  kerasWeightsFormat,
  npzFormat,
  pytorchFormat,
  onnxFormat,
  tfjsFormat,
];

/** Every file name ending that may be a checkpoint, lower case; mostly with its dot. */
export const checkpointExtensions: readonly string[] = checkpointFormats.flatMap(
  (format) => format.extensions,
);

/** The format that a file's name speaks of, by its longest known ending; null when none does. */
export function formatOf(file: string): CheckpointFormat | null {
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
  return format.open(file);
}

/** Whether a checkpoint is there and structurally whole: false for one that is half written, gone, or of no known format. */
export async function isCompleteCheckpoint(file: string): Promise<boolean> {
  try {
    return (await formatOf(file)?.isComplete(file)) ?? false;
  } catch (error) {
    if (error instanceof FileError || error instanceof CheckpointError) return false;
    throw error;
  }
}
