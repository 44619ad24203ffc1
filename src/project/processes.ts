/** The end of a whole group of processes. */

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
