/** Going on with a run that died or was stopped. */
import os from "node:os";
import path from "node:path";
import { configurationSchema } from "../project/configuration.ts";
import { loadProject, type Project } from "../project/load.ts";
import { isStillAlive } from "../project/processes.ts";
import { readRunRecord } from "../project/readRuns.ts";
import { RunWriter, rewind } from "../project/runFolder.ts";
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

/** What is to be gone on with. Throws `JobError` when the run has ended or still runs. */
export function resumable(runFolder: string, request: TuneRequest): Resumable {
  const folder = path.resolve(runFolder);
  const record = readRunRecord(folder);
  if (!record) throw new JobError(`${folder} is no run folder; name one under .selmix/runs.`);
  if (record.state === "done") throw new JobError(`The run in ${folder} came to its end; tune afresh.`);
  const isHere = record.host === undefined || record.host === os.hostname();
  if (record.state === "running" && isHere && isStillAlive(record.pid, Date.parse(record.startedAt))) {
    throw new JobError(`The run in ${folder} is still at work (process ${record.pid}); stop it first.`);
  }
  const project = loadProject(record.configurationPath, request);
  const configuration = configurationSchema.safeParse(record.configuration);
  if (!configuration.success) {
    throw new JobError(`The run in ${folder} was begun by another version of SelMix; tune afresh.`);
  }
  return { folder, record, project: { ...project, configuration: configuration.data } };
}

/** The run as it stood at a state, this process at work on it. */
export function goOn({ folder, record }: Resumable, { mark }: SavedState): RunWriter {
  rewind(folder, mark);
  const now = {
    state: "running",
    pid: process.pid,
    host: os.hostname(),
    endedAt: null,
    error: null,
  } as const;
  return new RunWriter("", { ...record, ...now }, { resume: { folder, kept: mark } });
}
