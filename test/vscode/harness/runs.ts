/** Runs and checkpoints on disk, as the tests find and make them. */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { listRunFolders, readRun } from "../../../src/project/readRuns.ts";
import type { RunSnapshot } from "../../../src/protocol/panels.ts";
import { until } from "./until.ts";
import { sourceCheckpoint } from "./workspace.ts";

/** All runs of a workspace, oldest first. */
export function runsOf(folder: string): RunSnapshot[] {
  return listRunFolders(folder)
    .reverse()
    .flatMap((run) => readRun(run) ?? []);
}

/** Waits until `count` runs have ended and none is at work, and returns them. */
export function endedRuns(folder: string, count: number, limit?: number): Promise<RunSnapshot[]> {
  return until(
    `${count} runs to end in ${folder}`,
    () => {
      const runs = runsOf(folder);
      return runs.length >= count && runs.every(({ run }) => run.state !== "running") && runs;
    },
    limit,
  );
}

/** Waits until a run is at work and has gone through some cycles. */
export function runAtWork(folder: string): Promise<RunSnapshot> {
  return until("a run at work", () =>
    runsOf(folder).find(({ run, history }) => run.state === "running" && history.length >= 2),
  );
}

/** The bytes of the example's checkpoint with a number of its head nudged, so that the content is new and the features stay its own: as a trainer's next epoch. */
export function nextEpoch(folder: string, nudge: number): Buffer {
  const bytes = readFileSync(sourceCheckpoint(folder));
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header: { "fc.weight": { data_offsets: [number, number] } } = JSON.parse(
    bytes.toString("utf8", 8, start),
  );
  const at = start + header["fc.weight"].data_offsets[0];
  bytes[at] = (bytes[at] ?? 0) ^ nudge;
  return bytes;
}

/** Where a trainer would save an epoch. */
export function epochFile(folder: string, epoch: number): string {
  return path.join(folder, `checkpoints/epoch-${epoch}.safetensors`);
}

/** Writes in pieces with breaks between them, as a slow disk does. */
export async function saveSlowly(file: string, bytes: Uint8Array, pieces = 12, breakMs = 250): Promise<void> {
  const size = Math.ceil(bytes.length / pieces);
  for (let at = 0; at < bytes.length; at += size) {
    appendFileSync(file, bytes.subarray(at, at + size));
    await pause(breakMs);
  }
}

/** Writes beside the target and renames, as careful trainers do. */
export function saveByRename(file: string, bytes: Uint8Array): void {
  const beside = `${file}.saving`;
  writeFileSync(beside, bytes);
  renameSync(beside, file);
}

/** Whether the tuned copy that a run names is there. */
export function hasOutput({ result }: RunSnapshot): boolean {
  return typeof result?.output === "string" && existsSync(result.output);
}
