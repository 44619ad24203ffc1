/** Where the paths of a configuration lead. */
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { checkpointEnding } from "../checkpoints/formats.ts";
import type { ObjectiveId } from "../metrics/catalogue.ts";

/** Folder of our own files beside a selmix.json. */
export const ownFolder = ".selmix";

/** Whether `child` is `parent` or lies in it; both absolute, links not followed. */
export function isInside(parent: string, child: string): boolean {
  const relative = path.relative(parent, child);
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** Whether an absolute path (or glob) leads out of the workspace, by `..`, by being elsewhere, or through a link. */
export function leavesWorkspace(workspace: string, target: string): boolean {
  if (!isInside(workspace, target)) return true;
  let existing = target;
  while (!existsSync(existing) && path.dirname(existing) !== existing) existing = path.dirname(existing);
  // Where the workspace itself does not exist, nothing in it can be a link.
  return isInside(workspace, existing) && !isInside(realpathSync(workspace), realpathSync(existing));
}

/** Name and ending of a checkpoint: "epoch_12" and ".safetensors", or "model" and ".weights.h5". */
export function checkpointParts(checkpoint: string): { name: string; extension: string } {
  const ending = checkpointEnding(checkpoint);
  // "model.json" is all ending: its name is what stands before the last dot.
  const extension = ending === path.basename(checkpoint) ? path.extname(checkpoint) : ending;
  return { name: path.basename(checkpoint, extension), extension };
}

/** The absolute path of the tuned copy of a checkpoint. */
export function outputPath(
  folder: string,
  template: string,
  checkpoint: string,
  objective: ObjectiveId,
): string {
  const { name, extension } = checkpointParts(checkpoint);
  const values: Record<string, string> = { checkpointName: name, checkpointExt: extension, objective };
  return path.resolve(
    folder,
    template.replace(/\$\{([^}]*)\}/g, (whole, key: string) => values[key] ?? whole),
  );
}
