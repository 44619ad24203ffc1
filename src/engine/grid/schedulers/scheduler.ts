/** What starts workers. Another one is a file like its neighbours, and a row in `schedulers.ts`. */
import type { JobContext } from "../../job.ts";

/** The command line of a worker, which takes tasks of a grid until none is left. */
export interface WorkerCommand {
  /** The program and its arguments. */
  readonly words: readonly string[];
  /** What a grid's workers are called, and none of another grid. */
  readonly name: string;
  /** Folder of the grid. */
  readonly folder: string;
  /** File that what workers say goes to. */
  readonly log: string;
  /** Threads that a worker computes with. */
  readonly threads: number;
  /** Folder that workers here are started in, which tells them how far they may reach. */
  readonly workspace: string;
  /** Folder of native packages that the user named, for workers here. */
  readonly packagePath?: string | undefined;
}

export type WorkerState = "queued" | "running";

/** Environment variable by which a worker knows what its scheduler calls it. */
export const workerVariable = "SELMIX_WORKER";

export interface Scheduler {
  /** Starts so many workers, now or when there is room. */
  submit(count: number): Promise<void>;
  /** The workers of the grid that have not ended, by what they are called; null where that cannot be told now. */
  workers(): Promise<ReadonlyMap<string, WorkerState> | null>;
  /** Takes back those that still wait to be started: there is nothing left for them. */
  dismiss(): Promise<void>;
  /** Ends them all, and returns when they have. */
  cancel(): Promise<void>;
}

export type MakeScheduler = (command: WorkerCommand, context: JobContext) => Scheduler;
