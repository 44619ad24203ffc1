/** A folder copied to a place where nothing is. */
import { constants, copyFileSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";

/**
 * Copies the files in a folder, and in those below it; links are left out, and so is what `keep` does not take.
 * @param keep is asked by path from the source on
 * @throws EEXIST where something has the target's name, and whatever else the file system says
 */
export function copyFolder(
  source: string,
  target: string,
  keep: (file: string) => boolean,
  within = "",
): void {
  mkdirSync(path.join(target, within));
  for (const entry of readdirSync(path.join(source, within), { withFileTypes: true })) {
    const file = path.join(within, entry.name);
    if (!keep(file)) continue;
    if (entry.isDirectory()) copyFolder(source, target, keep, file);
    else if (entry.isFile())
      copyFileSync(path.join(source, file), path.join(target, file), constants.COPYFILE_EXCL);
  }
}
