/** Which of the files that are called as checkpoints are some, as far as what is in them says, and the globs that name them. */
import path from "node:path";
import type { Checkpoint } from "../../checkpoints/checkpoint.ts";
import { findHead } from "../../checkpoints/findHead.ts";
import { checkpointEnding, checkpointParts, openCheckpoint } from "../../checkpoints/formats.ts";
import { isIntegerType } from "../../files/numbers.ts";
import { isBesideModel } from "../../project/checkpointFolder.ts";
import { possibleHeads } from "../../project/exportScripts/index.ts";
import { isFolderModel } from "../../project/modelFolder.ts";
import { errorText } from "../../words/errors.ts";
import { isCalledRows } from "./reading.ts";

export interface FoundCheckpoint {
  /** Relative to the folder, with forward slashes. */
  readonly file: string;
  /** Whether `from_pretrained` loads its folder, which stands for it. */
  readonly isFolder: boolean;
  /** Why it is none after all, or could not be looked into; null for one with a layer that may be the head. */
  readonly doubt: string | null;
}

/** So many files are opened, newest first; of the others the name says what they are. */
const openedAtMost = 60;

/** What files are, given newest first. Shards and data of another checkpoint are left out. */
export async function lookIntoCheckpoints(
  folder: string,
  files: readonly string[],
  signal: { readonly isCancellationRequested: boolean },
): Promise<FoundCheckpoint[]> {
  const parts = new Set<string>();
  for (const file of files) {
    const [, ...others] = await checkpointParts(path.join(folder, file));
    for (const part of others) parts.add(part);
  }
  const found: FoundCheckpoint[] = [];
  for (const [place, file] of files.filter((one) => !parts.has(path.join(folder, one))).entries()) {
    if (signal.isCancellationRequested) break;
    const absolute = path.join(folder, file);
    if (isBesideModel(path.basename(file))) continue;
    const doubt = place < openedAtMost ? await doubtOf(absolute) : null;
    found.push({ file, isFolder: isFolderModel(absolute), doubt });
  }
  return found;
}

/** What speaks against a file; null for a checkpoint that can be tuned, as far as names and shapes say. */
async function doubtOf(file: string): Promise<string | null> {
  try {
    const checkpoint = await openCheckpoint(file);
    try {
      return doubtAbout(checkpoint);
    } finally {
      await checkpoint.close();
    }
  } catch (error) {
    return errorText(error)
      .replace(file, "")
      .replace(/^[\s,:]+/, "");
  }
}

function doubtAbout({ tensors, otherHead }: Checkpoint): string | null {
  const matrices = tensors.filter(({ shape }) => shape.length === 2);
  const isLabelled = tensors.some(
    ({ shape, type }) =>
      shape.length === 1 &&
      isIntegerType(type) &&
      matrices.some((matrix) => matrix.shape[0] === shape[0] && (shape[0] ?? 0) > 1),
  );
  if (isLabelled) return "embeddings with labels, not a network";
  const [only, ...more] = tensors;
  const isAlone =
    more.length === 0 && only !== undefined && (isManyRows(only.shape) || isCalledRows(only.name));
  if (isAlone) return "one matrix with a row for each sample, not a network";
  if (otherHead !== undefined) return `it ${otherHead}`;
  const isVector = tensors.some(({ shape }) => shape.length === 1);
  return possibleHeads(tensors).length > 0 || isVector || tensors.some(({ shape }) => shape.length > 2)
    ? null
    : "no layer in it could be the last one";
}

/** What a head is looked for by: the features that it takes, and how many classes it has at least. */
export interface WantedHead {
  readonly featureSize: number;
  readonly minimumClasses: number;
}

/** How many classes the head of the newest checkpoint has; null where none is found for certain. */
export async function headClasses(
  folder: string,
  found: readonly FoundCheckpoint[],
  wanted: WantedHead,
): Promise<number | null> {
  const newest = found.find(({ doubt }) => doubt === null);
  if (!newest) return null;
  try {
    const checkpoint = await openCheckpoint(path.join(folder, newest.file));
    try {
      return findHead(checkpoint, wanted).classes;
    } finally {
      await checkpoint.close();
    }
  } catch {
    return null;
  }
}

/** The only matrix of a linear classifier is wider than it is high. */
function isManyRows([rows = 0, size = 0]: readonly number[]): boolean {
  return rows > size && rows > 100;
}

/** A glob, and the files it stands for, newest first. */
export interface CheckpointGlob {
  readonly glob: string;
  readonly files: readonly string[];
  /** Why it is not taken for checkpoints by itself; null where it is. */
  readonly doubt: string | null;
}

/** Globs that name the files, the one with the newest first; files that are no checkpoints stand alone, at the end. */
export function checkpointGlobs(found: readonly FoundCheckpoint[]): CheckpointGlob[] {
  const globs = new Map<string, FoundCheckpoint[]>();
  const doubtful = found.filter(({ doubt }) => doubt !== null);
  const taken = new Set(doubtful.map(({ file }) => globOf(file, false)));
  for (const one of found) {
    const glob = globOf(one.file, one.isFolder);
    // Beside a file that is none, each is named by itself.
    const name = one.doubt !== null || (!one.isFolder && taken.has(glob)) ? one.file : glob;
    globs.set(name, [...(globs.get(name) ?? []), one]);
  }
  return [...globs]
    .map(([glob, files]) => ({ glob, files: files.map(({ file }) => file), doubt: files[0]?.doubt ?? null }))
    .sort((a, b) => Number(a.doubt !== null) - Number(b.doubt !== null));
}

/** `checkpoints/*.pt`; of folders that Trainer saves, `out/checkpoint-*`. */
function globOf(file: string, isFolder: boolean): string {
  const folder = path.posix.dirname(file);
  if (isFolder && folder !== ".") return folder.replace(/\d+$/, "*");
  return folder === "." ? `*${checkpointEnding(file)}` : `${folder}/*${checkpointEnding(file)}`;
}
