/** How many runs are kept: those that are old and many go, the pinned and the used ones stay. */
import path from "node:path";
import { remove } from "../files/direct.ts";
import { lookAt } from "../files/fresh.ts";
import { placeWithin, type Reach, reachOf } from "../files/place.ts";
import { replaceFile } from "../files/replace.ts";
import { bytesIn } from "./ownFolders.ts";
import { listRunFolders, readSummary } from "./readRuns.ts";

export interface Retention {
  /** Runs of one configuration. */
  readonly runs: number;
  /** Bytes of all runs of a folder together. */
  readonly bytes: number;
}

export const defaultRetention: Retention = { runs: 50, bytes: 2e9 };

/** Why a run stays whatever its age: a person pinned it, or uses its head. */
export const keptReasons = ["pinned", "used"] as const;
export type KeptReason = (typeof keptReasons)[number];

/** A run as far as its keeping goes. */
export interface StoredRun {
  readonly folder: string;
  readonly configurationPath: string;
  readonly bytes: number;
  /** Neither too old nor too large to stay. */
  readonly stays: boolean;
}

/** The runs that are too many, given those that there are, newest first. The newest one always stays. */
export function surplus(runs: readonly StoredRun[], { runs: most, bytes: room }: Retention): StoredRun[] {
  const counts = new Map<string, number>();
  let bytes = 0;
  return runs.filter((run, i) => {
    const count = counts.get(run.configurationPath) ?? 0;
    const isTooMuch = count >= most || bytes + run.bytes > room;
    if (isTooMuch && !run.stays && i > 0) return true;
    counts.set(run.configurationPath, count + 1);
    bytes += run.bytes;
    return false;
  });
}

/** What is stored of a folder's runs, newest first. */
export function storedRuns(
  configurationFolder: string,
  reach: Reach = reachOf(configurationFolder),
): StoredRun[] {
  return listRunFolders(configurationFolder, reach).flatMap((folder) => {
    const run = readSummary(folder)?.run;
    if (!run) return [];
    const stays = run.state === "running" || keptReasons.some((reason) => isKept(folder, reason));
    return [{ folder, configurationPath: run.configurationPath, bytes: bytesIn(folder), stays }];
  });
}

/** Removes what is too much, or only tells what it would be. */
export function pruneRuns(
  configurationFolder: string,
  retention: Retention,
  { dryRun = false, reach = reachOf(configurationFolder) }: { dryRun?: boolean; reach?: Reach } = {},
): StoredRun[] {
  const found = surplus(storedRuns(configurationFolder, reach), retention);
  if (!dryRun) for (const { folder } of found) remove(placeWithin(reach, folder));
  return found;
}

/** Keeps a run whatever its age. */
export function keepRun(runFolder: string, reason: KeptReason): void {
  replaceFile(path.join(runFolder, reason), "");
}

export function releaseRun(runFolder: string, reason: KeptReason): void {
  remove(path.join(runFolder, reason));
}

export function isKept(runFolder: string, reason: KeptReason): boolean {
  return lookAt(path.join(runFolder, reason))?.isFile() === true;
}
