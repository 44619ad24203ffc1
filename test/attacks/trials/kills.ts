/** `kill -9` at any moment, of each process that there is. */

import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Random } from "../../../src/selmix/random.ts";
import { Arena, ended, type Trial } from "./arena.ts";

/** Who is killed: processes whose command fits, all of them at once. */
interface Victim {
  readonly name: string;
  readonly pattern: RegExp;
  /** Who works: the command line, or an extension host with its engine. */
  readonly as: "terminal" | "editor";
  /** Whether the tables are made by a command first; then it is killed while, or just after, that runs. */
  readonly withCommand: boolean;
}

const cli = /dist\/cli\.mjs/;
const command = /slow\.sh/;
/** The command takes half of it. */
const aroundCommand = 600;

export const victims: readonly Victim[] = [
  { name: "the command line", pattern: cli, as: "terminal", withCommand: false },
  { name: "the command line, with a feature command", pattern: cli, as: "terminal", withCommand: true },
  { name: "the feature command", pattern: command, as: "terminal", withCommand: true },
  { name: "the engine", pattern: /engine\.mjs/, as: "editor", withCommand: false },
  { name: "the extension host", pattern: /host\.ts/, as: "editor", withCommand: true },
  {
    name: "the host and the engine at once",
    pattern: /host\.ts|engine\.mjs/,
    as: "editor",
    withCommand: true,
  },
];

/**
 * Kills a victim so many times, at moments that follow from the seed, and tells each time what came of it. A victim that had
 * come to its end before does not count, but all must be well there too.
 */
export async function* kills(victim: Victim, count: number, seed: number): AsyncGenerator<Trial> {
  const random = new Random(seed, victims.indexOf(victim));
  const arena = new Arena({}, victim.withCommand);
  try {
    await arena.undisturbed();
    arena.renew();
    const { milliseconds } = await work(arena, victim).ended;
    const longest = victim.withCommand ? aroundCommand : milliseconds;
    for (let killed = 0, tried = 0; killed < count && tried < 3 * count; tried++) {
      const trial = await kill(arena, victim, random.uniform() * longest);
      if (trial.happened !== endedBefore) killed += 1;
      yield trial;
    }
  } finally {
    arena.remove();
  }
}

const endedBefore = "had come to its end before";

function work(arena: Arena, { as }: Victim) {
  if (as === "terminal") return arena.selmix(["tune"]);
  const host = path.join(import.meta.dirname, "host.ts");
  const words = ["--disable-warning=ExperimentalWarning", host, arena.configuration];
  const child = arena.start(process.execPath, words);
  return { child, ended: ended(child) };
}

async function kill(arena: Arena, victim: Victim, after: number): Promise<Trial> {
  arena.renew();
  const worker = work(arena, victim);
  const works = () => worker.child.exitCode === null && worker.child.signalCode === null;
  while (victim.withCommand && works() && arena.processes(command).length === 0) await pause(10);
  await pause(after);
  const found = arena.processes(victim.pattern);
  for (const { pid } of found) killIfThere(pid);
  const { status } = await worker.ended;
  const faults = await arena.faultsNow();
  const happened = found.length === 0 ? endedBefore : status === 0 ? "ended well all the same" : "was killed";
  return { happened, faults: [...faults, ...(await arena.faultsAfterNext())] };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended between two looks.
  }
}
