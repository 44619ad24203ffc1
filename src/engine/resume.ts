/** Going on with a run that died or was stopped. */
import os from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { startOf } from "../files/liveness.ts";
import { realPlace } from "../files/place.ts";
import { checkConfiguration, loadProject, type Project } from "../project/load.ts";
import { leavesWorkspace } from "../project/paths.ts";
import { ConfigurationError } from "../project/problems.ts";
import { isRunning, readRunRecord } from "../project/readRuns.ts";
import { RunWriter, rewind, runFiles, runsFolder } from "../project/runFolder.ts";
import type { TuneRequest } from "../protocol/engine.ts";
import type { RunRecord } from "../protocol/records.ts";
import { JobError } from "./errors.ts";
import type { SavedState } from "./savedState.ts";

export interface Resumable {
  readonly folder: string;
  readonly record: RunRecord;
  /** As the run began with it, whatever selmix.json says now. */
  readonly project: Project;
}

/**
 * What is to be gone on with. A run folder may have come with the workspace, so that what it says goes through the checks of a
 * configuration, and runs no other program than selmix.json does. Throws `JobError` or `ConfigurationError`: it has ended or
 * still runs, or leads elsewhere.
 */
export function resumable(runFolder: string, request: TuneRequest): Resumable {
  const folder = path.resolve(runFolder);
  const record = readRunRecord(folder);
  if (!record) throw new JobError(`${folder} is no run folder; name one under .selmix/runs.`);
  if (record.state === "done") throw new JobError(`The run in ${folder} came to its end; tune afresh.`);
  if (record.state === "running" && isRunning(record, folder)) {
    throw new JobError(`The run in ${folder} is still at work (process ${record.pid}); stop it first.`);
  }
  return { folder, record, project: projectOfRun(folder, record, request) };
}

function projectOfRun(folder: string, record: RunRecord, request: TuneRequest): Project {
  const file = path.resolve(record.configurationPath);
  const workspace = request.workspace ?? path.dirname(path.resolve(request.configurationPath));
  const options = { ...request, workspace };
  const elsewhere = `The run in ${folder} is none of the workspace ${workspace}; resume it where it was begun, or tune afresh.`;
  const belongs = realPlace(path.dirname(folder)) === realPlace(runsFolder(path.dirname(file)));
  const leaves = [file, record.checkpoint].some((place) => leavesWorkspace(workspace, place));
  if (!belongs || (leaves && !request.allowOutside)) throw new JobError(elsewhere);
  const project = loadProject(file, options);
  const { configuration, problems } = checkConfiguration(JSON.stringify(record.configuration), file, options);
  if (!configuration) throw new ConfigurationError(path.join(folder, runFiles.run), problems);
  if (!isDeepStrictEqual(configuration.features.command, project.configuration.features.command)) {
    throw new JobError(
      `The run in ${folder} was begun with another features.command than ${file} has now; tune afresh.`,
    );
  }
  return { ...project, configuration };
}

/** The run as it stood at a state, this process at work on it. */
export function goOn({ folder, record }: Resumable, { mark }: SavedState): RunWriter {
  rewind(folder, mark);
  const now = {
    state: "running",
    pid: process.pid,
    processStart: startOf(process.pid),
    host: os.hostname(),
    endedAt: null,
    error: null,
  } as const;
  return new RunWriter("", { ...record, ...now }, { resume: { folder, kept: mark } });
}
