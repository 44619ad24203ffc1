/** Looks for samples that a network can be run on: arrays of images with labels, and folders with a folder per class. */
import { opendir, readdir } from "node:fs/promises";
import path from "node:path";
import { openArrays } from "../../features/arrays.ts";
import { readIndices } from "../../features/arrayTable.ts";
import { relativeIn } from "../../files/place.ts";
import { classCount, type FoundSet, isRoleName } from "./suggest.ts";

/** A folder per class also names the classes, in label order. */
export interface FoundSamples extends FoundSet {
  readonly names: readonly string[] | null;
}

const skipped = new Set(["node_modules", "venv", "tuned", "dist", "features", "checkpoints", "__pycache__"]);
const imageEnding = /\.(png|jpe?g)$/i;
/** Folders looked into at most, and how deep: a data set lies near the top of a workspace. */
const foldersAtMost = 2000;
const depthAtMost = 4;
/** Entries of a folder read in search of an image. */
const entriesAtMost = 50;

/** What a file of samples holds, by the names in it and its labels; null for a file that holds none. */
export async function readSamples(folder: string, file: string): Promise<FoundSamples | null> {
  try {
    const arrays = await openArrays(path.join(folder, file));
    try {
      if (!arrays.names.includes("images")) return null;
      const count = (await arrays.find("labels"))?.shape[0] ?? 0;
      const classes = classCount(await readIndices(arrays, "labels", count));
      const detail = classes === null ? "samples without labels" : `${count} samples of ${classes} classes`;
      return { file, size: 0, classes, detail, names: null };
    } finally {
      await arrays.close();
    }
  } catch {
    return null;
  }
}

/** Folders that hold a folder of images for each class. */
export async function findImageFolders(
  folder: string,
  signal: { readonly isCancellationRequested: boolean },
) {
  const found: FoundSamples[] = [];
  const queue = [{ place: folder, depth: 0 }];
  for (let looked = 0; looked < foldersAtMost && !signal.isCancellationRequested; looked += 1) {
    const next = queue.shift();
    if (!next) break;
    const below = await foldersIn(next.place);
    const names: string[] = [];
    for (const name of below) if (await holdsImage(path.join(next.place, name))) names.push(name);
    if (names.length > 1 && !names.every(isRoleName)) found.push(imageFolder(folder, next.place, names));
    else if (next.depth < depthAtMost) {
      queue.push(...below.map((name) => ({ place: path.join(next.place, name), depth: next.depth + 1 })));
    }
  }
  return found;
}

function imageFolder(folder: string, place: string, names: readonly string[]): FoundSamples {
  return {
    file: relativeIn(folder, place) || ".",
    size: 0,
    classes: names.length,
    detail: `images in a folder for each of ${names.length} classes`,
    names,
  };
}

/** A folder that the user shows as one with a folder of images for each class; null where it is none. */
export async function readImageFolder(folder: string, file: string): Promise<FoundSamples | null> {
  const place = path.join(folder, file);
  const names: string[] = [];
  for (const name of await foldersIn(place)) if (await holdsImage(path.join(place, name))) names.push(name);
  return names.length > 1 ? imageFolder(folder, place, names) : null;
}

async function foldersIn(place: string): Promise<string[]> {
  const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && !skipped.has(entry.name))
    .map(({ name }) => name)
    .sort();
}

async function holdsImage(place: string): Promise<boolean> {
  const entries = await opendir(place).catch(() => null);
  if (!entries) return false;
  let seen = 0;
  for await (const entry of entries) {
    if (entry.isFile() && imageEnding.test(entry.name)) return true;
    seen += 1;
    if (seen >= entriesAtMost) break;
  }
  return false;
}
