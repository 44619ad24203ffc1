/** Whether a checkpoint can be trained as a whole, by its name alone: said before anything is read. */
import { formatOf } from "../checkpoints/formats.ts";
import { JobError } from "./errors.ts";

/** Throws `JobError` for a checkpoint whose network cannot be trained here. */
export function requireTrainable(checkpoint: string): void {
  const format = formatOf(checkpoint);
  if (format === null || format.id === "tfjs" || format.id === "keras") return;
  const instead =
    format.id === "pytorch" || format.id.includes("safetensors")
      ? 'have "selmix policy --script" write the training loop in PyTorch'
      : format.id === "keras-h5"
        ? "save it as .keras with model.save of Keras 3"
        : "convert it to a TF.js layers model";
  throw new JobError(
    `"train": "all" changes the network of a TF.js layers model or .keras file, and ${checkpoint} is ${format.name}; ${instead}, or set "train" to "head".`,
  );
}
