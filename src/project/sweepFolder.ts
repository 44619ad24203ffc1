/**
 * The folder of a sweep, `.selmix/sweeps/<when>-<checkpoint>-<objective>-<metric>`: its record, and under `points` a run folder for each
 * point that has a head of its own. The record is replaced whole, so that a reader survives a sweep that dies at any byte.
 */
import os from "node:os";
import path from "node:path";
import { makeFolder, remove } from "../files/direct.ts";
import { isAtWork } from "../files/liveness.ts";
import { placeWithin, type Reach, reachOf } from "../files/place.ts";
import { readJson } from "../files/readJson.ts";
import { sizeLimits } from "../files/regular.ts";
import { replaceFile } from "../files/replace.ts";
import { type SweepRecord, sweepRecord } from "../protocol/sweep.ts";
import { bytesIn, foldersIn } from "./ownFolders.ts";
import { ownFolder } from "./paths.ts";
import { surplus } from "./retention.ts";
import { makeOwnFolder, newFolder, runName } from "./runFolder.ts";

const recordFile = "sweep.json";
/** Sweeps of a folder that are kept, and the bytes of them all: each takes as much as its points' heads. */
const kept: { readonly sweeps: number; readonly bytes: number } = { sweeps: 10, bytes: 1e9 };

export function sweepsFolder(configurationFolder: string): string {
  return path.join(configurationFolder, ownFolder, "sweeps");
}

/** Makes the folder of a sweep with its record in it. Throws what the file system throws, and `FileError` out of reach. */
export function newSweepFolder(configurationFolder: string, record: SweepRecord, reach: Reach): string {
  makeOwnFolder(configurationFolder, reach);
  const { startedAt, checkpointName, objective, swept } = record;
  const name = `${runName(new Date(startedAt), checkpointName, objective)}-${swept.metric}`;
  return newFolder(path.join(sweepsFolder(configurationFolder), name), reach, (folder) => {
    makeFolder(folder);
    writeSweep(folder, record);
  });
}

/** Where the run folders of a sweep's points lie, and what each is called: "07" for the seventh. */
export function pointPlace(sweepFolder: string, point: number): { within: string; name: string } {
  return { within: path.join(sweepFolder, "points"), name: `${point + 1}`.padStart(2, "0") };
}

export function writeSweep(sweepFolder: string, record: SweepRecord): void {
  replaceFile(sweepFile(sweepFolder), `${JSON.stringify(record)}\n`, { flush: false });
}

/** Where a sweep says how it stands. */
export function sweepFile(sweepFolder: string): string {
  return path.join(sweepFolder, recordFile);
}

/** What a sweep says of itself; null where that cannot be read. */
export function readSweep(sweepFolder: string): SweepRecord | null {
  return readJson(sweepFile(sweepFolder), sizeLimits.record, sweepRecord);
}

/** All sweeps of a configuration's folder, newest first; none where `.selmix` leads out of reach. */
export function listSweepFolders(
  configurationFolder: string,
  reach: Reach = reachOf(configurationFolder),
): string[] {
  return foldersIn(sweepsFolder(configurationFolder), reach);
}

/** Removes the oldest sweeps where they are too many or too large; the newest and those at work stay. Returns what was removed. */
export function pruneSweeps(configurationFolder: string, reach: Reach, most = kept): string[] {
  const stored = listSweepFolders(configurationFolder, reach).map((folder) => ({
    folder,
    // Those of a folder count together, whatever they were made for.
    configurationPath: configurationFolder,
    bytes: bytesIn(folder),
    stays: readSweep(folder)?.state === "running",
  }));
  const gone = surplus(stored, { runs: most.sweeps, bytes: most.bytes }).map(({ folder }) => folder);
  for (const folder of gone) remove(placeWithin(reach, folder));
  return gone;
}

/** Ends a sweep from outside, after its process was killed; one that ended by itself stays as it is. */
export function endSweep(sweepFolder: string, state: "failed" | "cancelled", error: string | null): void {
  const sweep = readSweep(sweepFolder);
  if (sweep?.state === "running")
    writeSweep(sweepFolder, { ...sweep, state, error, endedAt: new Date().toISOString() });
}

/** Marks sweeps as failed that say "running" but whose process on this machine is gone. */
export function markDeadSweeps(configurationFolder: string, reach: Reach): void {
  for (const folder of listSweepFolders(configurationFolder, reach)) {
    const sweep = readSweep(folder);
    if (sweep?.state !== "running" || sweep.host !== os.hostname()) continue;
    const { pid, processStart: start, host } = sweep;
    if (isAtWork({ pid, start, host }) !== false) continue;
    endSweep(folder, "failed", "The process that swept ended before the sweep did; sweep again.");
  }
}
