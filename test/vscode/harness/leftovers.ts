/** What must not be there when a test is over: processes, half-written files, a source checkpoint that changed. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Every living process that has `mark` in its environment, wherever it hangs in the process tree. */
export function markedProcesses(mark: string): RunningProcess[] {
  const all: RunningProcess[] = [];
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!readOrEmpty(`/proc/${entry}/environ`).split("\0").includes(mark)) continue;
    all.push({
      pid: Number(entry),
      command: readOrEmpty(`/proc/${entry}/cmdline`).replaceAll("\0", " ").trim(),
    });
  }
  return all.filter(({ command }) => command !== "");
}

export function isAlive(pid: number): boolean {
  return readOrEmpty(`/proc/${pid}/cmdline`) !== "";
}

/** Engines that run now. */
export function engines(mark: string): RunningProcess[] {
  return markedProcesses(mark).filter(({ command }) => /engine\.m?js/.test(command));
}

/** Processes that belong to the server and its windows; anything else was started by the extension. */
const serverParts = [
  /server-main\.js/,
  /--type=(extensionHost|fileWatcher|ptyHost|agentHost)/,
  /bootstrap-fork/,
  /lib\/vscode\/extensions\//,
  // VS Code's own for agents, where a test turns its AI features on.
  /lib\/vscode\/node_modules\/@github\/copilot/,
];

/** Processes that the extension started and that are still there. */
export function leftOver(mark: string): RunningProcess[] {
  return markedProcesses(mark).filter(({ command }) => !serverParts.some((part) => part.test(command)));
}

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Files that are temporary or half-written by their name, anywhere in the workspace. */
export function halfFiles(workspace: string): string[] {
  return files(workspace).filter((file) => /\.(tmp|part|partial)\b|\.tmp-|~$/.test(path.basename(file)));
}

/** SHA-256 by path of every file under `folder`. */
export function hashes(folder: string): Record<string, string> {
  const entries = files(folder).map((file) => {
    const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
    return [path.relative(folder, file), hash] as const;
  });
  return Object.fromEntries(entries);
}
