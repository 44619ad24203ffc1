/** The configuration that a run was begun with. */
import path from "node:path";
import { realPlace } from "../../files/place.ts";
import { checkConfiguration, type LoadOptions, type Project } from "../../project/load.ts";
import { leavesWorkspace } from "../../project/paths.ts";
import { ConfigurationError } from "../../project/problems.ts";
import { isRunning, readRunRecord } from "../../project/readRuns.ts";
import { runFiles, runsFolder } from "../../project/runFolder.ts";
import type { RunRecord } from "../../protocol/records.ts";
import { JobError } from "../errors.ts";

export interface RunProject {
  readonly folder: string;
  readonly record: RunRecord;
  /** As the run began with it, whatever selmix.json says now. */
  readonly project: Project;
}

/**
 * A run that nobody works on. Its folder may have come with the workspace, so that what it says goes through the checks of a
 * configuration. Throws `JobError` or `ConfigurationError`: it is none, still runs, or leads elsewhere.
 */
export function runAtRest(runFolder: string, scope: LoadOptions): RunProject {
  const folder = path.resolve(runFolder);
  const record = readRunRecord(folder);
  if (!record) throw new JobError(`${folder} is no run folder; name one under .selmix/runs.`);
  if (record.state === "running" && isRunning(record, folder)) {
    throw new JobError(`The run in ${folder} is still at work (process ${record.pid}); stop it first.`);
  }
  return { folder, record, project: projectOfRun(folder, record, scope) };
}

function projectOfRun(folder: string, record: RunRecord, scope: LoadOptions): Project {
  const file = path.resolve(record.configurationPath);
  const workspace = path.resolve(scope.workspace ?? path.dirname(file));
  const allowOutside = scope.allowOutside ?? false;
  const belongs = realPlace(path.dirname(folder)) === realPlace(runsFolder(path.dirname(file)));
  const leaves = [file, record.checkpoint].some((place) => leavesWorkspace(workspace, place));
  if (!belongs || (leaves && !allowOutside)) {
    throw new JobError(
      `The run in ${folder} is none of the workspace ${workspace}; go to where it was begun, or tune afresh.`,
    );
  }
  const options = { workspace, allowOutside };
  const { configuration, problems } = checkConfiguration(JSON.stringify(record.configuration), file, options);
  if (!configuration) throw new ConfigurationError(path.join(folder, runFiles.run), problems);
  return { path: file, folder: path.dirname(file), workspace, allowOutside, configuration };
}
