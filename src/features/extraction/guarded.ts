/** Programs that end with us, also when we are killed: no handler of ours runs then, and a program would work on for hours. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

export interface GuardedOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Reads a pipe that only we hold open. It ends when we do, whatever ends us, and the reader ends its process group: the program
 * and all it started that did not leave the group. Put aside twice, so that the program has no child it does not know of.
 */
const guard = `( ( trap '' TERM INT HUP; read -r _; kill -KILL 0 ) <&3 >/dev/null 2>&1 & ); exec "$@" 3<&-`;

/**
 * Starts a program in a process group of its own, whose id is the program's. Throws the file system's error when there is no
 * such program. Windows has no such groups: there the program ends only with those who end us kindly.
 */
export function spawnGuarded(
  program: string,
  words: readonly string[],
  { cwd, env }: GuardedOptions,
): ChildProcess {
  if (process.platform === "win32") {
    return spawn(program, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  }
  requireProgram(program, cwd, env.PATH ?? "/usr/bin:/bin");
  const child = spawn("/bin/sh", ["-c", guard, "sh", program, ...words], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    detached: true,
  });
  const [, , , held] = child.stdio;
  held?.on("error", () => undefined);
  // What the program left running ends with it.
  child.once("exit", () => held?.destroy());
  return child;
}

/** The shell would only print that it found nothing. */
function requireProgram(program: string, cwd: string, searched: string): void {
  const places = program.includes("/")
    ? [path.resolve(cwd, program)]
    : searched.split(":").map((folder) => path.resolve(cwd, folder, program));
  let failure: unknown;
  for (const place of places) {
    try {
      accessSync(place, constants.X_OK);
      if (statSync(place).isFile()) return;
      failure ??= Object.assign(new Error(`${place} is a folder`), { code: "EISDIR" });
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
