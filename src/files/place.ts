/** Where paths lead once every link on the way is followed, and how far writes may reach. */
import { realpathSync } from "node:fs";
import path from "node:path";
import { lookAt } from "./fresh.ts";
import { FileError } from "./ranges.ts";

/** Real paths of the folders that may be written to; null where the user allows any. It is passed, never remembered. */
export type Reach = readonly string[] | null;

export const anywhere: Reach = null;

/** A folder and what lies in it. */
export function reachOf(folder: string): Reach {
  return [realPlace(folder) ?? path.resolve(folder)];
}

/** Whether `child` is `parent` or lies in it; both absolute, links not followed. */
export function isInside(parent: string, child: string): boolean {
  const relative = path.relative(parent, child);
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** The path of a file from a folder, with forward slashes; null where it does not lie in it. Both absolute, links not followed. */
export function relativeIn(folder: string, file: string): string | null {
  return isInside(folder, file) ? path.relative(folder, file).split(path.sep).join("/") : null;
}

/** The real path of something that may not be there yet; null where a link on the way leads nowhere, or it cannot be told. */
export function realPlace(target: string): string | null {
  let existing = path.resolve(target);
  const missing: string[] = [];
  try {
    // A link that leads nowhere is something that is there.
    while (!lookAt(existing) && path.dirname(existing) !== existing) {
      missing.unshift(path.basename(existing));
      existing = path.dirname(existing);
    }
    return path.join(realpathSync.native(existing), ...missing);
  } catch {
    return null;
  }
}

/** Whether a place is within reach, with all links followed. */
export function isWithin(reach: Reach, target: string): boolean {
  if (reach === null) return true;
  const real = realPlace(target);
  return real !== null && reach.some((folder) => isInside(folder, real));
}

/**
 * The place of a file to be written, with the links of its folder followed; one in the place of the file itself is not, since
 * it will be replaced. Throws `FileError` where its folder is out of reach.
 */
export function placeWithin(reach: Reach, target: string): string {
  const absolute = path.resolve(target);
  const folder = realPlace(path.dirname(absolute));
  if (folder === null) {
    throw new FileError(
      `${target} cannot be written: a link on the way to it leads nowhere; remove the link.`,
    );
  }
  if (reach !== null && !reach.some((root) => isInside(root, folder))) {
    throw new FileError(
      `${target} leads out of ${reach.join(", ")} through a link, so nothing is written there; remove the link, or allow paths outside of the workspace.`,
    );
  }
  return path.join(folder, path.basename(absolute));
}
