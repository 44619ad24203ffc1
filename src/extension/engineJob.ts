/** A job of the engine, as whoever asked for it sees it. */
import type { JobKind, JobProgress, JobResult, Remedy } from "../protocol/engine.ts";
import type { CycleRecord } from "../protocol/records.ts";

export interface JobListener {
  progress?(progress: JobProgress): void;
  cycles?(runFolder: string, cycles: readonly CycleRecord[]): void;
}

export interface RunningJob<K extends JobKind> {
  readonly id: string;
  /** Rejects with `JobFailed` or `JobCancelled`; settles exactly once, whatever happens to the engine. */
  readonly result: Promise<JobResult<K>>;
  cancel(): void;
}

/** A job that ended without a result. The message is for the user, the detail for the log. */
export class JobFailed extends Error {
  override name = "JobFailed";
  readonly detail: string;
  /** What the user can do about it by a click. */
  readonly remedy: Remedy | undefined;

  constructor(message: string, detail = "", remedy?: Remedy) {
    super(message);
    this.detail = detail;
    this.remedy = remedy;
  }
}

export class JobCancelled extends Error {
  override name = "JobCancelled";
}
