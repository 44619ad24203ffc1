/** What a job does before it touches a project's files: it tidies up after dead processes, and waits for living ones. */
import path from "node:path";
import { holdLocks } from "../../files/locks.ts";
import { placeWithin, realPlace } from "../../files/place.ts";
import { sweepUnfinished } from "../../files/unfinished.ts";
import type { Project } from "../../project/load.ts";
import { reachOfProject } from "../../project/paths.ts";
import { markDeadRuns } from "../../project/readRuns.ts";
import { markDeadSweeps } from "../../project/sweepFolder.ts";
import { tablesOf } from "../../project/tables.ts";
import type { JobContext } from "../job.ts";

export interface Visit {
  /** What is done, for those who wait for it: "tunes epoch-10.safetensors". */
  readonly what: string;
  /** The files that will be written. */
  readonly outputs?: readonly string[];
  /** The run that is gone on with, used or discarded, if any. */
  readonly run?: string;
  /** Whether tables may be made. */
  readonly makesTables?: boolean;
  readonly trusted: boolean;
}

/**
 * Waits until nobody else makes this project's tables, or writes this output, and returns what ends the visit. Says whom it
 * waits for. Throws the signal's reason.
 */
export async function visit(
  project: Project,
  { what, outputs = [], run, makesTables = true, trusted }: Visit,
  context: JobContext,
) {
  if (trusted) tidy(project);
  const { command, network } = project.configuration.features;
  const made = makesTables && (command || network) ? tablesOf(project) : [];
  const reach = reachOfProject(project);
  const names = [
    ...made.map((table) => `tables in ${path.dirname(realPlace(table) ?? table)}`),
    ...outputs.map((output) => `output ${placeWithin(reach, output)}`),
    ...(run === undefined ? [] : [`run ${realPlace(run) ?? run}`]),
  ];
  return holdLocks(names, {
    what,
    signal: context.signal,
    onWait: (message) => context.progress({ phase: "load", message, step: 0, steps: 0, runFolder: null }),
  });
}

/** Settles what processes left that were killed. It is not what was asked for, so that nothing fails of it. */
export function tidy(project: Pick<Project, "folder" | "workspace" | "allowOutside">): void {
  try {
    sweepUnfinished();
    const reach = reachOfProject(project);
    markDeadRuns(project.folder, reach);
    markDeadSweeps(project.folder, reach);
  } catch {
    // A folder that cannot be written to stays as it is.
  }
}
