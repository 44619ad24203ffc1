/** Where the paths of a configuration lead. */
import path from "node:path";
import { checkpointEnding } from "../checkpoints/formats.ts";
import { anywhere, isInside, isWithin, type Reach, reachOf } from "../files/place.ts";
import type { ObjectiveId } from "../protocol/records.ts";

/** Folder of our own files beside a selmix.json. */
export const ownFolder = ".selmix";

/** Whether an absolute path (or glob) leads out of the workspace, by `..`, by being elsewhere, or through a link. */
export function leavesWorkspace(workspace: string, target: string): boolean {
  return !isInside(workspace, target) || !isWithin(reachOf(workspace), target);
}

/** How far a project's writes may reach: its workspace, links followed, unless the user's own setting allows more. */
export function reachOfProject(project: {
  readonly workspace: string;
  readonly allowOutside: boolean;
}): Reach {
  return project.allowOutside ? anywhere : reachOf(project.workspace);
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
