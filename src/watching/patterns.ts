/** Which files are checkpoints, and which folders can hold them: globs of selmix.json, compiled. */
import { existsSync } from "node:fs";
import path from "node:path";
import picomatch from "picomatch";

export interface CheckpointPatterns {
  /** Whether an absolute path is named by one of the globs. */
  matches(file: string): boolean;
  /** Whether a matching file can lie in this folder or below it; everything else is left unwatched. */
  mayHold(folder: string): boolean;
  /** Existing folders from which all others are reached, also those that appear later. */
  roots(): string[];
}

/** Folders that never hold a user's checkpoints, and can be huge. */
const skipped = new Set(["node_modules", ".git", ".selmix"]);

interface Compiled {
  readonly folder: string;
  readonly matches: (relative: string) => boolean;
  /** A matcher for each folder level below `folder`; null stands for any number of levels. */
  readonly levels: readonly (((segment: string) => boolean) | null)[];
}

/** Compiles globs that are relative to `root` (the folder of selmix.json). */
export function compilePatterns(root: string, patterns: readonly string[]): CheckpointPatterns {
  const compiled = patterns.map((pattern) => compile(root, pattern));
  return {
    matches: (file) =>
      compiled.some(({ folder, matches }) => {
        const relative = below(folder, file);
        return relative !== null && relative !== "" && matches(relative);
      }),
    mayHold: (folder) =>
      !skipped.has(path.basename(folder)) && compiled.some((pattern) => leadsTo(pattern, folder)),
    roots: () => [
      ...new Set(
        compiled.map(({ folder }) => (below(root, folder) === null ? nearestExisting(folder) : root)),
      ),
    ],
  };
}

/** Recognises what a tune writes, from the `output` template of selmix.json: any checkpoint's name may stand in it. */
export function outputMatcher(root: string, template: string): (file: string) => boolean {
  const anyName = "\0";
  const resolved = path.resolve(root, template.replace(/\$\{[^}]*\}/g, anyName));
  const literal = resolved.split(/\0+/).map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const expression = new RegExp(`^${literal.join("[^/\\\\]*")}$`);
  return (file) => expression.test(path.resolve(file));
}

function compile(root: string, pattern: string): Compiled {
  const { base, glob } = picomatch.scan(pattern.replace(/^\.\//, ""));
  const folder = path.resolve(root, glob === "" ? path.posix.dirname(base) : base);
  const rest = glob === "" ? path.posix.basename(base) : glob;
  return { folder, matches: picomatch(rest), levels: folderLevels(rest) };
}

function folderLevels(glob: string): Compiled["levels"] {
  // Braces and extended globs may hold slashes: then any level will do.
  if (/[{(]/.test(glob)) return [null];
  const segments = glob.split("/").slice(0, -1);
  return segments.map((segment) => (segment.includes("**") ? null : picomatch(segment)));
}

function leadsTo({ folder, levels }: Compiled, candidate: string): boolean {
  if (below(candidate, folder) !== null) return true;
  const relative = below(folder, candidate);
  if (relative === null) return false;
  for (const [index, segment] of relative.split("/").entries()) {
    const level = levels[index];
    if (level === null) return true;
    if (level === undefined || !level(segment)) return false;
  }
  return true;
}

/** `file` relative to `folder` with forward slashes, "" when equal; null when it lies elsewhere. */
function below(folder: string, file: string): string | null {
  const relative = path.relative(folder, file);
  if (relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) return null;
  return relative.split(path.sep).join("/");
}

function nearestExisting(folder: string): string {
  let candidate = folder;
  while (!existsSync(candidate) && path.dirname(candidate) !== candidate) candidate = path.dirname(candidate);
  return candidate;
}
