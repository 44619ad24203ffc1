/** Going on with a run that died or was stopped. */
import os from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { startOf } from "../../files/liveness.ts";
import { loadProject } from "../../project/load.ts";
import { RunWriter, rewind } from "../../project/runFolder.ts";
import type { TuneRequest } from "../../protocol/engine.ts";
import { JobError } from "../errors.ts";
import type { SavedState } from "../training/savedState.ts";
import { type RunProject, runAtRest } from "./runProject.ts";

/**
 * What is to be gone on with: it runs no other program than selmix.json does. Throws `JobError` or `ConfigurationError`: it has
 * ended or still runs, or leads elsewhere.
 */
export function resumable(runFolder: string, request: TuneRequest): RunProject {
  const workspace = request.workspace ?? path.dirname(path.resolve(request.configurationPath));
  const scope = { ...request, workspace };
  const resumed = runAtRest(runFolder, scope);
  const { folder, record, project } = resumed;
  if (record.state === "done") throw new JobError(`The run in ${folder} came to its end; tune afresh.`);
  const now = loadProject(project.path, scope).configuration;
  if (!isDeepStrictEqual(project.configuration.features.command, now.features.command)) {
    throw new JobError(
      `The run in ${folder} was begun with another features.command than ${project.path} has now; tune afresh.`,
    );
  }
  return resumed;
}

/** The run as it stood at a state, this process at work on it. */
export function goOn({ folder, record }: RunProject, { mark }: SavedState): RunWriter {
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
