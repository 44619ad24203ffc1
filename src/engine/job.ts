/** What every job is given, whoever asked for it: the editor through the engine process, or the command line. */
import type { JobProgress } from "../protocol/engine.ts";
import type { CycleRecord } from "../protocol/records.ts";

export interface JobContext {
  readonly signal: AbortSignal;
  progress(progress: JobProgress): void;
  cycle(runFolder: string, cycle: CycleRecord): void;
  /** A program was started in a process group of its own, or has ended. */
  program(pid: number, running: boolean): void;
}

/** Lets messages in (a cancel, above all) and then throws when the job was cancelled. */
export async function yieldToEvents(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}
