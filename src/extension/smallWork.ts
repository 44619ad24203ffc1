/** Which work is small enough to be done without being asked. */
import { statSync } from "node:fs";
import type { Project } from "../project/load.ts";
import { allTablesOf } from "../project/tables.ts";
import type { CheckpointEntry } from "./checkpointList.ts";

/** All tables together; reading more takes longer than somebody waits who did not ask. */
const mostTableBytes = 128e6;
/** A checkpoint is read as a whole, to tell whether the tables are of it. */
const mostCheckpointBytes = 1e9;

/**
 * Everything that the measures of a checkpoint depend on, in a text that changes with it; null where more than its files would have
 * to be read, or these are large.
 */
export function smallWork(
  project: Project,
  entry: Pick<CheckpointEntry, "path" | "modified" | "size">,
): string | null {
  const { command, network } = project.configuration.features;
  if (command !== undefined || network !== undefined || entry.size > mostCheckpointBytes) return null;
  const { path, modified, size } = entry;
  const parts = [path, String(modified), String(size), JSON.stringify(project.configuration)];
  let bytes = 0;
  for (const table of allTablesOf(project)) {
    const stats = statSync(table, { throwIfNoEntry: false });
    if (!stats?.isFile()) return null;
    bytes += stats.size;
    parts.push(`${stats.size}:${stats.mtimeMs}`);
  }
  return bytes > mostTableBytes ? null : parts.join("\n");
}
