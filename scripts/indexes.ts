/**
 * Holds the rooms that read what comes from outside, or put it into words and pictures, to `noUncheckedIndexedAccess`: there an index
 * may be beside a list's end, and has to be looked at. In the numeric rooms loops run over typed arrays of known length; a guard
 * there would hide a wrong index as a 0. Part of `npm run check`.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

const numericRooms = ["src/engine/", "src/selmix/"];
const root = path.resolve(import.meta.dirname, "..");
const compiler = path.join(root, "node_modules/.bin/tsc");

/** The complaints about a project, of rooms where indexes are looked at. */
function complaints(project: string): string[] {
  const options = ["--noEmit", "--pretty", "false", "--noUncheckedIndexedAccess", "-p", project];
  const { stdout, error } = spawnSync(compiler, options, { cwd: root, encoding: "utf8" });
  if (error) throw error;
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("src/") && !numericRooms.some((room) => line.startsWith(room)));
}

const found = new Set(["tsconfig.json", "src/webview/tsconfig.json"].flatMap(complaints));
for (const line of found) console.error(line);
if (found.size > 0) {
  console.error(
    "An index may be beside the end here: look at what it gives, as these rooms do (scripts/indexes.ts).",
  );
  process.exitCode = 1;
}
