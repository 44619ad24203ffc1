/** Which folders are watched: those that can hold checkpoints, and those on the way to them, should they appear later. */
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { isInside } from "../files/place.ts";
import type { CheckpointFolder } from "../project/checkpointFiles.ts";

/** Folders that never hold a user's checkpoints, and can be huge. */
const skipped = new Set(["node_modules", ".git", ".selmix"]);

/** Whether a checkpoint can lie in `candidate` or, as far as the depth allows, below it. */
export function mayHold(folders: readonly CheckpointFolder[], candidate: string): boolean {
  if (skipped.has(path.basename(candidate))) return false;
  return folders.some(({ path: folder, depth }) => {
    if (isInside(candidate, folder)) return true;
    return isInside(folder, candidate) && path.relative(folder, candidate).split(path.sep).length <= depth;
  });
}

/** Whether a folder is one of those around it, by a link: to follow it would never end. */
export function isLoop(folder: string): boolean {
  try {
    const real = realpathSync(folder);
    if (real === folder) return false;
    for (let above = path.dirname(folder); ; above = path.dirname(above)) {
      if (realpathSync(above) === real) return true;
      if (path.dirname(above) === above) return false;
    }
  } catch {
    return false;
  }
}

/** Existing folders from which all others are reached: `root` where it can be, else the nearest that exists. */
export function watchRoots(root: string, folders: readonly CheckpointFolder[]): string[] {
  const starts = folders.map(({ path: folder }) => (isInside(root, folder) ? root : nearestExisting(folder)));
  return [...new Set(starts)];
}

function nearestExisting(folder: string): string {
  let candidate = folder;
  while (!existsSync(candidate) && path.dirname(candidate) !== candidate) candidate = path.dirname(candidate);
  return candidate;
}
