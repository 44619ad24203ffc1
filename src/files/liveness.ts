/**
 * Whether a process is still the one it was. Ids are used again, so that its time of start is kept beside its id: counted
 * from the start of the machine, where the system tells, for no change of the clock moves that.
 */
import os from "node:os";
import * as z from "zod";
import { readSmall, readSmallText, sizeLimits } from "./regular.ts";

/** A process for as long as the machine runs, and after. */
export const processStamp = z.object({
  pid: z.int(),
  /** Different for every process that ever has this id; null where the system does not tell. */
  start: z.string().nullable(),
  host: z.string(),
});
export type ProcessStamp = z.infer<typeof processStamp>;

/** Whether a process with this id runs now; one that belongs to another user counts, one that only waits to be buried does not. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return statusOf(pid)?.state !== "Z";
}

/** When a process started, as text to be compared; null when it is gone or the system does not tell. */
export function startOf(pid: number): string | null {
  if (process.platform === "linux") {
    const status = statusOf(pid);
    return status && `${bootId()} ${status.ticks}`;
  }
  if (process.platform === "win32") return null;
  try {
    const { execFileSync } = process.getBuiltinModule("node:child_process");
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
    const text = execFileSync("ps", ["-o", "lstart=", "-p", `${pid}`], {
      env,
      encoding: "utf8",
      stdio: "pipe",
    });
    return text.trim() || null;
  } catch {
    return null;
  }
}

let own: ProcessStamp | undefined;

/** This process. */
export function ownStamp(): ProcessStamp {
  own ??= stampOf(process.pid);
  return own;
}

export function stampOf(pid: number): ProcessStamp {
  return { pid, start: startOf(pid), host: os.hostname() };
}

/** Whether a process is at work; null for one of another machine, which cannot be asked. */
export function isAtWork({ pid, start, host }: ProcessStamp): boolean | null {
  if (host !== os.hostname()) return null;
  return isAlive(pid) && (start === null || startOf(pid) === start);
}

/**
 * The same for a process of which only a time is known at which it was at work (milliseconds since the epoch), as version
 * 0.1.0 wrote it: one that started long after is another one, and none survives a restart of the machine. A clock that was
 * set meanwhile moves both times, so that much is forgiven.
 */
export function wasAtWork(pid: number, since: number): boolean {
  if (!isAlive(pid)) return false;
  const forgiven = 24 * 60 * 60 * 1000;
  const ticksPerSecond = 100;
  const machineStart = Date.now() - os.uptime() * 1000;
  if (since < machineStart - forgiven) return false;
  const ticks = statusOf(pid)?.ticks;
  return ticks === undefined || machineStart + (ticks / ticksPerSecond) * 1000 <= since + forgiven;
}

/** What Linux says about a process: its state, and its start in ticks since that of the machine. */
function statusOf(pid: number): { readonly state: string; readonly ticks: number } | null {
  try {
    const text = readSmall(`/proc/${pid}/stat`, sizeLimits.settings).toString("latin1");
    // The program's name, in parentheses, may hold anything; fields are counted from behind it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[19]);
    return Number.isFinite(ticks) ? { state: fields[0] ?? "", ticks } : null;
  } catch {
    return null;
  }
}

/** Another after every start of the machine. */
function bootId(): string {
  try {
    return readSmallText("/proc/sys/kernel/random/boot_id", sizeLimits.settings).trim();
  } catch {
    return "";
  }
}
