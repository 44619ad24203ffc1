/** Runs a program of the user's: without a shell, in a process group of its own, and never longer than it is wanted. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import path from "node:path";
import { makeFolder, openAppend } from "../../files/direct.ts";
import { reason } from "../../files/ranges.ts";
import { FeatureTableError } from "../table.ts";
import { spawnGuarded } from "./guarded.ts";

export interface ProgramRequest {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly folder: string;
  /** File that keeps all it prints. */
  readonly log: string;
  readonly signal?: AbortSignal;
  /** Time between asking its processes to end and ending them, in milliseconds. */
  readonly grace?: number;
  /** A line it printed; what a progress bar draws over counts as lines too. */
  onLine?(line: string): void;
  /** It runs in the process group of this id, or has ended. */
  onRunning?(pid: number, running: boolean): void;
}

const defaultGrace = 5000;
const maxLineLength = 2000;
const lastWordsMs = 1000;

/** A program named by its place, as in ./.venv/bin/python, lies where the configuration does; Windows would look elsewhere. */
function placeOf(program: string, folder: string): string {
  return /^\.{1,2}[\\/]/.test(program) ? path.resolve(folder, program) : program;
}

/**
 * Runs a program to its end. Throws `FeatureTableError` when it cannot be started or fails, and the signal's reason when it was
 * stopped; either way none of its processes is left.
 */
export async function runProgram(request: ProgramRequest): Promise<void> {
  const { command, folder, signal } = request;
  const [program = "", ...words] = command;
  signal?.throwIfAborted();
  makeFolder(path.dirname(request.log));
  const child = start(placeOf(program, folder), words, folder);
  const log = createWriteStream(request.log, { fd: openAppend(request.log) });
  log.on("error", () => undefined);
  log.write(`$ ${command.join(" ")}\n`);
  const { pid } = child;
  let lastLine = "";
  const lines = lineSplitter((line) => {
    lastLine = line;
    request.onLine?.(line);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", (text: string) => {
      log.write(text);
      lines(text);
    });
  }
  const killAll = () => {
    // Windows ends trees by their root, whose id may be another's once it is gone.
    const isGone = process.platform === "win32" && (child.exitCode !== null || child.signalCode !== null);
    if (pid !== undefined && !isGone) endGroup(pid, "SIGKILL");
  };
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    if (pid === undefined) return;
    endGroup(pid, "SIGTERM");
    timer = setTimeout(killAll, request.grace ?? defaultGrace);
  };
  signal?.addEventListener("abort", stop, { once: true });
  // Whatever ends this process ends the program too.
  process.once("exit", killAll);
  if (pid !== undefined) request.onRunning?.(pid, true);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  try {
    const ending = await new Promise<number | string>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, killedBy) => resolve(code ?? killedBy ?? "nothing"));
    }).catch((error: unknown) => {
      throw notStarted(program, error);
    });
    killAll();
    // What it printed last may still be on the way.
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, lastWordsMs).unref())]);
    signal?.throwIfAborted();
    if (ending !== 0) {
      const how = typeof ending === "number" ? `failed with status ${ending}` : `was ended by ${ending}`;
      const last = lastLine === "" ? "printed nothing" : `printed last: ${lastLine}`;
      throw new FeatureTableError(`features.command (${program}) ${how} and ${last}; see ${request.log}.`);
    }
  } finally {
    clearTimeout(timer);
    killAll();
    signal?.removeEventListener("abort", stop);
    process.removeListener("exit", killAll);
    if (pid !== undefined) request.onRunning?.(pid, false);
    await new Promise<void>((resolve) => log.end(resolve));
  }
}

function start(program: string, words: readonly string[], folder: string): ChildProcess {
  try {
    return spawnGuarded(program, words, { cwd: folder, env: environment() });
  } catch (error) {
    throw notStarted(program, error);
  }
}

function notStarted(program: string, error: unknown): FeatureTableError {
  return new FeatureTableError(
    `${program}, the first word of features.command, cannot be started: ${reason(error)}; give its full path.`,
  );
}

/** Our own environment, without what makes an editor's binary act as Node, and with Python printing at once. */
function environment(): NodeJS.ProcessEnv {
  const { ELECTRON_RUN_AS_NODE: _, ...rest } = process.env;
  return { PYTHONUNBUFFERED: "1", ...rest };
}

/** Ends a process group; on Windows the tree of processes. Those that are gone already do not matter. */
function endGroup(pid: number, kill: "SIGTERM" | "SIGKILL"): void {
  if (process.platform === "win32") {
    spawn("taskkill", ["/PID", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on(
      "error",
      () => undefined,
    );
    return;
  }
  try {
    process.kill(-pid, kill);
  } catch {
    // Nobody is left in the group.
  }
}

function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const parts = (rest + text).split(/[\r\n]+/);
    rest = (parts.pop() ?? "").slice(-maxLineLength);
    for (const part of parts) {
      const line = part.trim().slice(0, maxLineLength);
      if (line !== "") onLine(line);
    }
  };
}
