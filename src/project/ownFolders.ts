/** What lies in the folder of our own files: the folders of runs and of sweeps. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { freshPattern, lookAt } from "../files/fresh.ts";
import { isWithin, type Reach } from "../files/place.ts";

/** The folders in a place by their names, those that are being made left out, the last first; none where it leads out of reach. */
export function foldersIn(place: string, reach: Reach): string[] {
  try {
    if (!isWithin(reach, place)) return [];
    return readdirSync(place, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !freshPattern.test(entry.name))
      .map((entry) => path.join(place, entry.name))
      .sort()
      .reverse();
  } catch {
    return [];
  }
}

/** Bytes of all files below a folder. What links lead to is not of it. */
export function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce((sum, entry) => {
    const size = entry.isFile() ? lookAt(path.join(entry.parentPath, entry.name))?.size : 0;
    return sum + (size ?? 0);
  }, 0);
}
