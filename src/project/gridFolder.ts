/**
 * Grids of tunes on disk. `.selmix/grids/<hash>` lists the tasks of one; `.selmix/tasks/<id>` is a task's own folder, whichever grids ask
 * for it: `claim` says who works on it, `run` is its run once that is done, `failed.json` why there is none. Every file appears whole
 * and under its name only once, so that a folder which machines share is all that workers need to agree.
 */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import path from "node:path";
import { codeOf, makeFolder, move, remove } from "../files/direct.ts";
import { lookAt } from "../files/fresh.ts";
import { holderOf, type LockHolder, type TakenLock, takeLock } from "../files/locks.ts";
import { placeWithin, type Reach } from "../files/place.ts";
import { readJson } from "../files/readJson.ts";
import { readSmallText, sizeLimits } from "../files/regular.ts";
import { createFile, replaceFile } from "../files/replace.ts";
import { type GridRecord, type GridTask, gridRecord, type TaskState, taskFailure } from "../protocol/grid.ts";
import { bytesIn, foldersIn } from "./ownFolders.ts";
import { ownFolder } from "./paths.ts";
import { surplus } from "./retention.ts";
import { makeOwnFolder, runFiles } from "./runFolder.ts";

const files = {
  record: "grid.json",
  claim: "claim",
  run: "run",
  failed: "failed.json",
  used: "used",
} as const;
/** How a worker that died is remembered, by the token of its claim. */
const lostPrefix = "lost-";
/** Grids of a folder that are kept, with their tasks. */
const keptGrids = 20;

export function gridsFolder(configurationFolder: string): string {
  return path.join(configurationFolder, ownFolder, "grids");
}

export function tasksFolder(configurationFolder: string): string {
  return path.join(configurationFolder, ownFolder, "tasks");
}

export function taskFolder(configurationFolder: string, id: string): string {
  return path.join(tasksFolder(configurationFolder), id);
}

/** Where a task's run is once it is done. */
export function runOfTask(folder: string): string {
  return path.join(folder, files.run);
}

/** The task whose run lies here, by its name; null where it is no task's. */
export function taskOfRun(runFolder: string): string | null {
  const own = path.dirname(runFolder);
  const isTask =
    path.basename(runFolder) === files.run && taskFolder(homeOf(own), path.basename(own)) === own;
  return isTask ? path.basename(own) : null;
}

/** The folder of the configuration whose task this is. */
function homeOf(own: string): string {
  return path.resolve(own, "..", "..", "..");
}

/** What a worker's tune is called until it is done. */
export function workName(token: string): string {
  return `work-${token}`;
}

/** All grids of a configuration's folder; none where `.selmix` leads out of reach. */
export function listGridFolders(configurationFolder: string, reach: Reach): string[] {
  return foldersIn(gridsFolder(configurationFolder), reach);
}

/**
 * Makes the folder of a grid and those of its tasks. Grids of the same tasks are one. Throws what the file system throws, and `FileError`
 * out of reach.
 */
export function openGrid(configurationFolder: string, record: GridRecord, reach: Reach): string {
  makeOwnFolder(configurationFolder, reach);
  const hash = createHash("sha256").update(record.configurationPath);
  for (const { id } of record.tasks) hash.update(id);
  const wanted = path.join(gridsFolder(configurationFolder), hash.digest("hex").slice(0, 16));
  const folder = placeWithin(reach, wanted);
  makeFolder(folder);
  for (const { id } of record.tasks) makeFolder(placeWithin(reach, taskFolder(configurationFolder, id)));
  replaceFile(gridFile(folder), `${JSON.stringify(record)}\n`);
  return folder;
}

/** Where a grid says what it is. */
export function gridFile(gridFolder: string): string {
  return path.join(gridFolder, files.record);
}

/** What a grid says of itself; null where that cannot be read. */
export function readGrid(gridFolder: string): GridRecord | null {
  return readJson(gridFile(gridFolder), sizeLimits.record, gridRecord);
}

/** How a task stands. */
export function stateOf(folder: string): TaskState {
  if (lookAt(path.join(folder, files.run, runFiles.summary))?.isFile()) return "done";
  if (lookAt(path.join(folder, files.failed))) return "failed";
  return lookAt(path.join(folder, files.claim)) ? "running" : "queued";
}

/** Why a task came to nothing; null where nothing says so. */
export function failureOf(folder: string): string | null {
  return readJson(path.join(folder, files.failed), sizeLimits.settings, taskFailure)?.error ?? null;
}

/** The one task of a folder's grids whose name begins so; null where there is none, or more than one. */
export function findTask(configurationFolder: string, beginning: string, reach: Reach): GridTask | null {
  const all = listGridFolders(configurationFolder, reach).flatMap((folder) => readGrid(folder)?.tasks ?? []);
  const found = new Map(
    all.filter(({ id }) => id.startsWith(beginning)).map((task): [string, GridTask] => [task.id, task]),
  );
  const [task] = found.values();
  return found.size === 1 && task !== undefined ? task : null;
}

/** The run that a task became when a person used it; null where nobody did. */
export function usedAs(folder: string): string | null {
  try {
    return path.basename(readSmallText(path.join(folder, files.used), sizeLimits.settings)) || null;
  } catch {
    return null;
  }
}

export function noteUsed(folder: string, run: string): void {
  replaceFile(path.join(folder, files.used), run);
}

/** Claims a task that is queued; null where somebody else has it, or it has ended. */
export function claim(folder: string, worker: string | undefined): TakenLock | null {
  const taken = takeLock(claimOf(folder), { what: "tunes", ...(worker !== undefined && { worker }) });
  if (taken === null || stateOf(folder) === "running") return taken;
  // It ended between two looks.
  taken.release();
  return null;
}

export function claimOf(folder: string): string {
  return path.join(folder, files.claim);
}

export function claimant(folder: string): LockHolder | null {
  return holderOf(claimOf(folder));
}

/** Makes a run that has ended the task's, unless another is already: false then, and it is gone. */
export function settle(folder: string, runFolder: string): boolean {
  try {
    // No folder replaces another that has something in it.
    move(runFolder, runOfTask(folder));
    return true;
  } catch (error) {
    if (!lookAt(runOfTask(folder))) throw error;
    remove(runFolder);
    return false;
  }
}

export function fail(folder: string, error: string): void {
  replaceFile(path.join(folder, files.failed), `${JSON.stringify({ error })}\n`, { flush: false });
}

/** Lets a task that failed be tried again, with all its tries. */
export function retry(folder: string): void {
  remove(path.join(folder, files.failed));
  for (const name of lostIn(folder)) remove(path.join(folder, name));
}

/** Remembers that a worker died over a task, and takes away what it left. Returns how many have by now. */
export function noteLost(folder: string, { token, ...holder }: LockHolder): number {
  try {
    createFile(path.join(folder, lostPrefix + token), JSON.stringify(holder));
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  remove(path.join(folder, workName(token)));
  return lostIn(folder).length;
}

function lostIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith(lostPrefix));
}

/** Removes the grids asked for longest ago where they are too many, and the tasks that no grid is left of. */
export function pruneGrids(configurationFolder: string, reach: Reach, most = keptGrids): void {
  const stored = listGridFolders(configurationFolder, reach)
    .map((folder) => ({ folder, record: readGrid(folder) }))
    .sort((a, b) => (b.record?.startedAt ?? "").localeCompare(a.record?.startedAt ?? ""));
  const named = stored.map(({ folder }) => ({
    ...{ folder, configurationPath: configurationFolder, bytes: bytesIn(folder) },
    stays: false,
  }));
  const gone = new Set(
    surplus(named, { runs: most, bytes: Number.POSITIVE_INFINITY }).map(({ folder }) => folder),
  );
  const kept = stored.filter(({ folder }) => !gone.has(folder));
  const wanted = new Set(kept.flatMap(({ record }) => record?.tasks.map(({ id }) => id) ?? []));
  for (const folder of gone) remove(placeWithin(reach, folder));
  for (const folder of foldersIn(tasksFolder(configurationFolder), reach))
    if (!wanted.has(path.basename(folder)) && stateOf(folder) !== "running")
      remove(placeWithin(reach, folder));
}
