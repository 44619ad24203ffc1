/**
 * One writer at a time: a lock is a file in the user's state folder that says who holds it. One whose holder is gone is taken
 * over, by exactly one of those who wait. The clock decides nothing.
 */

import { createHash, randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as z from "zod";
import { codeOf, remove } from "./direct.ts";
import { isAtWork, ownStamp, processStamp } from "./liveness.ts";
import { makeOwn, stateFolder } from "./ownFolders.ts";
import { FileError } from "./ranges.ts";
import { readJson } from "./readJson.ts";
import { sizeLimits } from "./regular.ts";
import { createFile } from "./replace.ts";

const holderSchema = processStamp.extend({
  /** What it does, for people. */
  what: z.string(),
  since: z.string(),
  /** Different for each time that a lock is taken. */
  token: z.string().regex(/^[\w-]{1,64}$/),
  /** What a scheduler calls the holder, where one started it. */
  worker: z.string().optional(),
});
export type LockHolder = z.infer<typeof holderSchema>;

export interface LockOptions {
  /** What is done under the locks, for those who wait. */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** Somebody else holds one of them: it is waited for. */
  onWait?(sentence: string): void;
}

const lookEveryMs = 200;
/** A holder on another machine shows that it lives by touching its lock; so long a silence, as we count it, ends it. */
export const foreignPatienceMs = 10 * 60 * 1000;
const touchEveryMs = 60 * 1000;
/** A lock that names nobody is being written, or was lost with the power: so long it may stay so. */
export const namelessPatienceMs = 5 * 1000;

/**
 * Takes locks of these names, all of them, and returns what gives them back. Waits while another process holds one. Throws the
 * signal's reason. Without a state folder there are no locks, and nothing is waited for.
 */
export async function holdLocks(names: readonly string[], options: LockOptions): Promise<() => void> {
  const held: (() => void)[] = [];
  const releaseAll = () => {
    for (const release of held.splice(0)) release();
  };
  try {
    // In one order for everybody, so that no two wait for each other.
    for (const name of [...new Set(names)].sort()) held.push(await holdLock(name, options));
    return releaseAll;
  } catch (error) {
    releaseAll();
    throw error;
  }
}

async function holdLock(name: string, { what, signal, onWait }: LockOptions): Promise<() => void> {
  const folder = locksFolder();
  if (folder === null) return () => undefined;
  const file = path.join(folder, `${createHash("sha256").update(name).digest("hex").slice(0, 40)}.lock`);
  const silence = new Silence();
  let told = "";
  for (;;) {
    signal?.throwIfAborted();
    const taken = takeLock(file, { what });
    if (taken) return taken.release;
    const holder = holderOf(file);
    const token = holder?.token ?? null;
    const patience = holder ? foreignPatienceMs : namelessPatienceMs;
    const isGone = ((holder && isAtWork(holder)) ?? !silence.isLong(file, token, patience)) === false;
    if (isGone && breakLock(file, token)) continue;
    if (holder && told !== holder.token) {
      told = holder.token;
      onWait?.(sentence(holder));
    }
    await pause(signal);
  }
}

export interface TakenLock {
  readonly token: string;
  release(): void;
}

/** Makes the file of a lock, or returns null where it is there. Throws `FileError` where it cannot be made. */
export function takeLock(file: string, named: Pick<LockHolder, "what" | "worker">): TakenLock | null {
  const token = randomUUID();
  const holder: LockHolder = { ...ownStamp(), ...named, since: new Date().toISOString(), token };
  try {
    createFile(file, JSON.stringify(holder));
  } catch (error) {
    if (codeOf(error) === "EEXIST") return null;
    throw new FileError(
      `${file} cannot be written, so nothing can be locked: ${codeOf(error)}; make room for it.`,
    );
  }
  const timer = setInterval(() => touch(file, holder), touchEveryMs);
  timer.unref();
  const release = () => {
    clearInterval(timer);
    if (holderOf(file)?.token === token) remove(file);
  };
  return { token, release };
}

/**
 * Removes the lock of a holder that is gone. Only who holds the lock on that very removal may do it, and only while the file
 * still is that holder's: a lock that somebody else has taken meanwhile is never removed.
 */
export function breakLock(file: string, token: string | null): boolean {
  const breaker = path.join(path.dirname(file), `${token ?? path.basename(file)}.break`);
  const taken = takeLock(breaker, { what: "takes a lock over" });
  if (!taken) {
    const other = holderOf(breaker);
    return other !== null && isAtWork(other) === false && breakLock(breaker, other.token);
  }
  try {
    if ((holderOf(file)?.token ?? null) !== token) return true;
    remove(file);
    return true;
  } finally {
    taken.release();
  }
}

function touch(file: string, { token }: LockHolder): void {
  const { utimesSync } = process.getBuiltinModule("node:fs");
  try {
    if (holderOf(file)?.token === token) utimesSync(file, new Date(), new Date());
  } catch {
    // It tries again in a minute.
  }
}

/** How long a lock whose holder cannot be asked has not been touched, counted here. */
export class Silence {
  #last = "";
  #since = 0;

  isLong(file: string, token: string | null, patienceMs: number): boolean {
    const sign = `${token} ${statSync(file, { throwIfNoEntry: false })?.mtimeMs}`;
    if (sign !== this.#last) {
      this.#last = sign;
      this.#since = performance.now();
    }
    return performance.now() - this.#since > patienceMs;
  }
}

function sentence({ pid, host, what, since }: LockHolder): string {
  const where = host === os.hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  return `waiting for ${where}, which ${what} (since ${since.slice(11, 16)} UTC)`;
}

/** Who holds a lock; null where nobody does, or the file does not say. */
export function holderOf(file: string): LockHolder | null {
  return readJson(file, sizeLimits.settings, holderSchema);
}

function locksFolder(): string | null {
  const state = stateFolder();
  const folder = state && path.join(state, "locks");
  return folder !== null && makeOwn(folder) ? folder : null;
}

function pause(signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, lookEveryMs);
    signal?.addEventListener("abort", done);
  });
}
