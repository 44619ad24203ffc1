/** Processes by their id: whether one still is the one it was, and the end of a whole group. */
import os from "node:os";
import { readSmall, sizeLimits } from "../files/regular.ts";

/** Whether a process with this id runs now; one that belongs to another user counts. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * Whether the process `pid` that was at work at `since` (milliseconds since the epoch) still is. Ids are used again: a
 * process that started later is another one, and none survives a restart of the machine.
 */
export function isStillAlive(pid: number, since: number): boolean {
  if (!isAlive(pid)) return false;
  const clockSlack = 2000;
  const machineStart = Date.now() - os.uptime() * 1000;
  if (since < machineStart - clockSlack) return false;
  const started = processStart(pid, machineStart);
  return started === null || started <= since + clockSlack;
}

/** Milliseconds since the epoch at which a process started, where the system tells (Linux). */
function processStart(pid: number, machineStart: number): number | null {
  const ticksPerSecond = 100;
  try {
    const stat = readSmall(`/proc/${pid}/stat`, sizeLimits.settings).toString("latin1");
    // The program's name, in parentheses, may hold anything; fields are counted from behind it.
    const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    return Number.isFinite(ticks) ? machineStart + (ticks / ticksPerSecond) * 1000 : null;
  } catch {
    return null;
  }
}

/** Kills a process group, hard; one that is gone already is what was wanted. */
export function killGroup(pid: number): void {
  if (process.platform === "win32") {
    // Loaded when needed: nearly everything imports this file, and few of those ever kill.
    const { spawn } = process.getBuiltinModule("node:child_process");
    spawn("taskkill", ["/pid", `${pid}`, "/T", "/F"], { stdio: "ignore", windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // No such group any more.
  }
}
