/** Whether a checkpoint can be trained as a whole, by its name alone: said before anything is read. */
import { formatOf } from "../../checkpoints/formats.ts";
import { JobError } from "../errors.ts";

/** Throws `JobError` for a checkpoint whose network cannot be trained here. */
export function requireTrainable(checkpoint: string): void {
  const format = formatOf(checkpoint);
  if (format === null || format.insteadOfTraining === null) return;
  throw new JobError(
    `"train": "all" changes the network of a TF.js layers model or .keras file, and ${checkpoint} is ${format.name}; ${format.insteadOfTraining}, or set "train" to "head".`,
  );
}
