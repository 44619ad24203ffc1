/**
 * A grid from its plan to its end: workers are started until every task has ended, and what workers that died had is given to others.
 * What is known stands in the tasks' folders alone, so that a grid that was left, however, goes on when it is asked for again.
 */
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { LockHolder } from "../../files/locks.ts";
import { claimant, openGrid, pruneGrids, retry, stateOf, taskFolder } from "../../project/gridFolder.ts";
import { reachOfProject } from "../../project/paths.ts";
import type { GridRecord, TaskState } from "../../protocol/grid.ts";
import { JobError } from "../errors.ts";
import type { JobContext } from "../job.ts";
import { takeBack, Watch } from "./claims.ts";
import type { Scheduler } from "./schedulers/scheduler.ts";
import type { GridScope } from "./tasks.ts";

const lookEveryMs = 250;
/** So often workers may end without having taken a task, before it is they that cannot. */
const mostBarren = 2;

/** Makes the folder of a grid, where tasks that are done already stay so and those that failed are to be tried again. */
export function beginGrid(record: GridRecord, scope: GridScope): string {
  const folder = path.dirname(scope.configurationPath);
  const reach = reachOfProject(scope);
  const gridFolder = openGrid(folder, record, reach);
  for (const { id } of record.tasks) retry(taskFolder(folder, id));
  pruneGrids(folder, reach);
  return gridFolder;
}

/** Has all tasks of a grid done. Throws `JobError` where workers cannot work, or the signal's reason; workers have ended then. */
export async function finishGrid(
  record: GridRecord,
  workers: number,
  scheduler: Scheduler,
  log: string,
  context: JobContext,
): Promise<void> {
  const crew = new Crew(record, workers, scheduler, log, context);
  try {
    while (!(await crew.look())) await pause(lookEveryMs, undefined, { signal: context.signal });
    await scheduler.dismiss();
  } catch (error) {
    await scheduler.cancel();
    throw error;
  }
}

class Crew {
  readonly #folders: readonly string[];
  readonly #most: number;
  readonly #scheduler: Scheduler;
  readonly #log: string;
  readonly #context: JobContext;
  readonly #watch = new Watch();
  /** Those of tasks that have not ended. */
  #open: readonly string[];
  #barren = 0;
  #traces = "";

  constructor(record: GridRecord, most: number, scheduler: Scheduler, log: string, context: JobContext) {
    const folder = path.dirname(record.configurationPath);
    this.#folders = [...new Set(record.tasks.map(({ id }) => taskFolder(folder, id)))];
    this.#open = this.#folders;
    this.#most = most;
    this.#scheduler = scheduler;
    this.#log = log;
    this.#context = context;
  }

  /** Looks once at everything. Returns whether all tasks have ended. */
  async look(): Promise<boolean> {
    // Claims first: whoever claimed one is known to the scheduler when it is asked after.
    const claims = this.#open.flatMap((folder) =>
      stateOf(folder) === "running" ? [{ folder, holder: claimant(folder) }] : [],
    );
    const workers = await this.#scheduler.workers();
    for (const { folder, holder } of claims)
      if (this.#watch.isGone(folder, holder, workers)) takeBack(folder, holder);
    const states = this.#open.map((folder) => ({ folder, state: stateOf(folder) }));
    this.#open = states.flatMap(({ folder, state }) => (hasEnded(state) ? [] : [folder]));
    this.#tell(states.filter(({ state }) => state === "running").length);
    if (this.#open.length === 0) return true;
    const queued = states.filter(({ state }) => state === "queued").length;
    if (workers !== null && queued > 0) await this.#staff(workers.size, claims);
    return false;
  }

  async #staff(
    present: number,
    claims: readonly { readonly folder: string; readonly holder: LockHolder | null }[],
  ): Promise<void> {
    if (present === 0) this.#requireFruit(claims);
    const missing = Math.min(this.#most, this.#open.length) - present;
    if (missing > 0) await this.#scheduler.submit(missing);
  }

  /** Workers that all end, and nothing has changed: they would for ever. */
  #requireFruit(claims: readonly { readonly folder: string; readonly holder: LockHolder | null }[]): void {
    const traces = JSON.stringify([this.#open, claims.map(({ holder }) => holder?.token)]);
    this.#barren = traces === this.#traces ? this.#barren + 1 : 0;
    this.#traces = traces;
    if (this.#barren > mostBarren)
      throw new JobError(`The workers end before they take a task; ${this.#log} says why.`);
  }

  #tell(running: number): void {
    const all = this.#folders.length;
    const ended = all - this.#open.length;
    const message = running > 0 ? `tuning, ${running} at once` : "waiting for workers";
    this.#context.progress({ phase: "grid", message, step: ended, steps: all, runFolder: null });
  }
}

function hasEnded(state: TaskState): boolean {
  return state === "done" || state === "failed";
}
