/** Workers of this machine: child processes, which end when we do. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { openAppend } from "../../../files/direct.ts";
import { killGroup } from "../../../project/processes.ts";
import type { JobContext } from "../../job.ts";
import { type Scheduler, type WorkerCommand, type WorkerState, workerVariable } from "./scheduler.ts";

/** A worker that is asked to end has so long. */
const patienceMs = 5000;

export function local({ words, log, workspace, packagePath }: WorkerCommand, context: JobContext): Scheduler {
  const children = new Map<string, ChildProcess>();
  const [program = "", ...args] = words;
  const start = async () => {
    const name = `local-${process.pid}-${performance.now()}`;
    const said = openAppend(log);
    // The channel closes with this process, whatever ends it, and the worker ends with the channel.
    const child = spawn(program, args, {
      stdio: ["ignore", "ignore", said, "ipc"],
      env: {
        ...process.env,
        ...(packagePath !== undefined && { SELMIX_PACKAGE_PATH: packagePath }),
        [workerVariable]: name,
      },
      cwd: workspace,
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    closeSync(said);
    const { pid } = child;
    await once(child, "spawn");
    if (pid === undefined) return;
    context.program(pid, true);
    children.set(name, child);
    child.once("exit", () => {
      context.program(pid, false);
      children.delete(name);
    });
  };
  return {
    async submit(count) {
      for (let one = 0; one < count; one++) await start();
    },
    async workers() {
      return new Map([...children.keys()].map((name): [string, WorkerState] => [name, "running"]));
    },
    async dismiss() {
      // None waits here.
    },
    async cancel() {
      await Promise.all([...children.values()].map(end));
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => killGroup(child.pid ?? 0), patienceMs);
  await ended;
  clearTimeout(timer);
}
