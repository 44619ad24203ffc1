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
  /** Where the tables are made by a command first, it is killed within so many milliseconds from that one's start. */
  readonly withCommand: number | null;
}

const cli = /dist\/cli\.mjs/;
const command = /slow\.sh/;
/** The command takes a little longer than the first. */
const [duringCommand, aroundCommand] = [300, 600];

export const victims: readonly Victim[] = [
  { name: "the command line", pattern: cli, as: "terminal", withCommand: null },
  {
    name: "the command line, with a feature command",
    pattern: cli,
    as: "terminal",
    withCommand: aroundCommand,
  },
  { name: "the feature command", pattern: command, as: "terminal", withCommand: duringCommand },
  { name: "the engine", pattern: /engine\.mjs/, as: "editor", withCommand: null },
  { name: "the extension host", pattern: /host\.ts/, as: "editor", withCommand: aroundCommand },
  {
    name: "the host and the engine at once",
    pattern: /host\.ts|engine\.mjs/,
    as: "editor",
    withCommand: aroundCommand,
  },
];

/**
 * Kills a victim so many times, at moments that follow from the seed and the part of a longer series, and tells each time what
 * came of it. A victim that had come to its end before does not count, but all must be well there too.
 */
export async function* kills(victim: Victim, count: number, seed: number, part = 0): AsyncGenerator<Trial> {
  const random = new Random(seed, victims.length * part + victims.indexOf(victim));
  const arena = new Arena({}, victim.withCommand !== null);
  try {
    await arena.undisturbed();
    arena.renew();
    const longest = victim.withCommand ?? (await work(arena, victim).ended).milliseconds;
    for (let killed = 0, tried = 0; killed < count && tried < 3 * count; tried++) {
      const trial = await kill(arena, victim, random.uniform() * longest);
      if (trial.happened !== endedBefore) killed += 1;
      yield trial;
    }
  } finally {
    arena.remove();
  }
}

const endedBefore = "had ended before";

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
  while (victim.withCommand !== null && works() && arena.processes(command).length === 0) await pause(10);
  await pause(after);
  const killed = arena.processes(victim.pattern).filter(({ pid }) => killIfThere(pid));
  const { status } = await worker.ended;
  const faults = await arena.faultsNow();
  const happened =
    killed.length === 0 ? endedBefore : status === 0 ? "killed, and ended well all the same" : "killed";
  return { happened, faults: [...faults, ...(await arena.faultsAfterNext())] };
}

/** False where it ended between two looks. */
function killIfThere(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
