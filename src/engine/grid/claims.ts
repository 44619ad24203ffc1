/** Tasks are claimed, and claims of workers that died are taken back: so that each task is done, and done once. */
import { isAtWork } from "../../files/liveness.ts";
import {
  breakLock,
  foreignPatienceMs,
  type LockHolder,
  namelessPatienceMs,
  Silence,
  type TakenLock,
} from "../../files/locks.ts";
import { claim, claimant, claimOf, fail, noteLost } from "../../project/gridFolder.ts";
import type { WorkerState } from "./schedulers/scheduler.ts";

/** How often a task is tried again whose worker died; then it is the task that kills them. */
export const mostRetries = 2;

/** Claims a task for a worker, also from itself where a scheduler started it anew: it is never at work twice. */
export function claimFor(folder: string, worker: string | undefined): TakenLock | null {
  const taken = claim(folder, worker);
  if (taken !== null) return taken;
  const holder = claimant(folder);
  if (holder === null) return null;
  const wasOwn = worker !== undefined && holder.worker === worker;
  if (!wasOwn && isAtWork(holder) !== false) return null;
  return takeBack(folder, holder) ? claim(folder, worker) : null;
}

/** Takes back the claim of a worker that is gone, or one that names nobody. Returns whether the task may be tried again. */
export function takeBack(folder: string, holder: LockHolder | null): boolean {
  if (holder === null) return breakLock(claimOf(folder), null);
  const lost = noteLost(folder, holder);
  if (lost > mostRetries)
    fail(folder, `Its worker died ${lost} times over it; the end of workers.log may say why.`);
  return breakLock(claimOf(folder), holder.token) && lost <= mostRetries;
}

/** Knows of holders whether they are gone. */
export class Watch {
  readonly #silence = new Map<string, Silence>();

  /**
   * Whether a holder is gone: as its machine says, or else its scheduler, or else after a long silence. A claim that names nobody is being
   * written, or was lost with the power.
   * @param workers what the scheduler said after the claim was seen; null where it said nothing
   */
  isGone(
    folder: string,
    holder: LockHolder | null,
    workers: ReadonlyMap<string, WorkerState> | null,
  ): boolean {
    if (holder === null) return this.#isSilent(folder, null, namelessPatienceMs);
    const atWork = isAtWork(holder);
    if (atWork !== null) return !atWork;
    if (holder.worker !== undefined && workers !== null) return workers.get(holder.worker) !== "running";
    return this.#isSilent(folder, holder.token, foreignPatienceMs);
  }

  #isSilent(folder: string, token: string | null, patienceMs: number): boolean {
    const silence = this.#silence.get(folder) ?? new Silence();
    this.#silence.set(folder, silence);
    return silence.isLong(claimOf(folder), token, patienceMs);
  }
}
