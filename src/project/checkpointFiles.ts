/** The files that a configuration's `checkpoints` globs name. */
import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { isCheckpointName } from "../checkpoints/formats.ts";
import { isInside } from "../files/place.ts";
import { globMatcher, splitGlob, textsMatcher } from "./glob.ts";
import type { Project } from "./load.ts";
import { isModelName } from "./modelFolder.ts";
import { isOwnOutput } from "./ownFiles.ts";
import { ownFolder, reachOfProject } from "./paths.ts";
import { ConfigurationError } from "./problems.ts";
import { scoresFile } from "./scoresFile.ts";

/** A folder that can hold checkpoints, and how many levels of folders below it can. */
export interface CheckpointFolder {
  readonly path: string;
  readonly depth: number;
}

export interface CheckpointMatcher {
  readonly folders: readonly CheckpointFolder[];
  /** Whether an absolute path is one of the checkpoints: named by a glob and not one of our outputs. */
  matches(file: string): boolean;
  /** Whether an absolute path is something we write: a tuned copy, or a file of a run. */
  isOurs(file: string): boolean;
  /**
   * Whether a file on disk, links followed, lies where paths may lead, and is none of ours: by another name, or as what another
   * configuration wrote.
   */
  accepts(file: string): boolean;
}

export interface CheckpointFile {
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  readonly bytes: number;
}

/** What was saved last comes first. */
export function newestFirst(
  a: Pick<CheckpointFile, "path" | "modified">,
  b: Pick<CheckpointFile, "path" | "modified">,
): number {
  return b.modified - a.modified || laterNameFirst(a, b);
}

/** For files saved within one tick of the clock: the later name first, and epoch 10 counts as later than epoch 9. */
function laterNameFirst(a: { readonly path: string }, b: { readonly path: string }): number {
  return b.path.localeCompare(a.path, "en", { numeric: true });
}

const slashes = (file: string) => (path.sep === "/" ? file : file.split(path.sep).join("/"));

/** `path.relative` of two whole paths, without taking those apart that lie below: it is asked of each of thousands of files. */
function relativeTo(folder: string, file: string): string {
  const isBelow = file.startsWith(folder) && file[folder.length] === path.sep;
  return isBelow ? file.slice(folder.length + 1) : path.relative(folder, file);
}

/** What counts as a checkpoint in this project. */
export function checkpointMatcher(project: Project): CheckpointMatcher {
  const { folder, configuration } = project;
  const globs = configuration.checkpoints.map((glob) => {
    const { base, pattern } = splitGlob(slashes(glob));
    return { root: path.resolve(folder, base), pattern, isMatch: globMatcher(pattern) };
  });
  const scores = scoresFile(project);
  const written = outputMatcher(project);
  const reach = reachOfProject(project);
  const isWithin = (file: string, real: string) =>
    reach === null || (isInside(project.workspace, file) && reach.some((root) => isInside(root, real)));
  const isOurs = (file: string) => {
    const relative = slashes(relativeTo(folder, file));
    return relative === ownFolder || relative.startsWith(`${ownFolder}/`) || written(file);
  };
  return {
    folders: [
      ...globs.map(({ root, pattern }) => ({
        path: root,
        depth: depthOf(pattern),
      })),
      ...(scores === null ? [] : [{ path: path.dirname(scores), depth: 0 }]),
    ],
    matches: (file) => {
      if (isOurs(file)) return false;
      if (scores !== null) return file === scores;
      const named = isModelName(file) ? [file, path.dirname(file)] : [file];
      return globs.some(({ root, isMatch }) =>
        named.some((one) => one !== root && isMatch(slashes(relativeTo(root, one)))),
      );
    },
    isOurs,
    accepts(file) {
      try {
        // Asked of each of thousands of files: what is the same for all is known already.
        const real = realpathSync.native(file);
        return isWithin(file, real) && !isOurs(real) && !isOwnOutput(real);
      } catch {
        return false;
      }
    },
  };
}

/** Levels of folders below a pattern's base that it reaches; one more where it may name folders with a model in them. */
function depthOf(pattern: string): number {
  if (pattern.includes("**")) return Number.POSITIVE_INFINITY;
  const folders = pattern.split("/").length - 1;
  return isCheckpointName(pattern) ? folders : folders + 1;
}

/** Recognises our outputs: the output template with every placeholder open, and what lies in a folder of such a name. */
function outputMatcher({ folder, configuration }: Project): (file: string) => boolean {
  const absolute = slashes(path.resolve(folder, configuration.output));
  const isWritten = textsMatcher(absolute.split(/\$\{[^}]*\}/));
  const mayBeFolder = configuration.output.endsWith("${checkpointExt}");
  return (file) => isWritten(slashes(file)) || (mayBeFolder && isWritten(slashes(path.dirname(file))));
}

/** All checkpoints on disk, newest first. Folders that do not exist hold none. */
export function listCheckpoints(project: Project): CheckpointFile[] {
  const matcher = checkpointMatcher(project);
  const found = new Map<string, CheckpointFile>();
  for (const { path: folder, depth } of matcher.folders) {
    for (const file of filesBelow(folder, depth)) {
      if (found.has(file) || !matcher.matches(file) || !matcher.accepts(file)) continue;
      const stat = statSync(file, { throwIfNoEntry: false });
      if (stat?.isFile()) found.set(file, { path: file, modified: stat.mtimeMs, bytes: stat.size });
    }
  }
  return [...found.values()].sort(newestFirst);
}

/** The checkpoint saved last. Throws `ConfigurationError` when there is none. */
export function newestCheckpoint(project: Project): string {
  const newest = listCheckpoints(project)[0];
  if (newest) return newest.path;
  const { checkpoints, output } = project.configuration;
  const ours = checkpointMatcher({
    ...project,
    configuration: { ...project.configuration, output: ownFolder },
  });
  const hidden = ours.folders.some(({ path: folder, depth }) => filesBelow(folder, depth).some(ours.matches));
  throw new ConfigurationError(
    project.path,
    hidden
      ? `Every file that "checkpoints" names could be written by "output" (${output}); let tuned copies have a folder or a name of their own in ${project.path}.`
      : `No checkpoint matches ${checkpoints.join(", ")} in ${project.folder}; train one, or correct "checkpoints" in ${path.basename(project.path)}.`,
  );
}

function filesBelow(folder: string, depth: number): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (!entry.isDirectory()) return [full];
    const skipped = depth === 0 || entry.name === "node_modules" || entry.name === ".git";
    return skipped ? [] : filesBelow(full, depth - 1);
  });
}
