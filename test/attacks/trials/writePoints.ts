/** Every write that a tune makes, its own notes included, fails once: by a broken disk, and by one that is full from then on. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { Arena, isSentence, type Trial } from "./arena.ts";

export const diskFaults = ["EIO", "ENOSPC"] as const;
export type DiskFault = (typeof diskFaults)[number];

const preload = pathToFileURL(path.join(import.meta.dirname, "failWrites.ts")).href;

/** Removals of temporary files. */
export const tidying = /^(promises\.)?rm(Sync)? .*\.tmp$/;

/** Which write points are tried: every `stride`-th from the first one on, of those that fit. */
interface Some {
  readonly stride: number;
  readonly first?: number;
  readonly which?: RegExp;
}

/** Tries write points, and tells each time what came of it. */
export async function* writePoints(
  fault: DiskFault,
  { stride, first = 0, which = /./ }: Some,
): AsyncGenerator<Trial> {
  const arena = new Arena({}, true);
  const log = `${arena.folder}-calls`;
  const tune = (at: number, more: NodeJS.ProcessEnv = {}) => {
    arena.renew();
    const fail = { FAIL_ROOTS: arena.roots.join(path.delimiter), FAIL_AT: `${at}`, FAIL_AS: fault };
    return arena.selmix(["tune"], { NODE_OPTIONS: `--import ${preload}`, ...fail, ...more }).ended;
  };
  try {
    await arena.undisturbed();
    await tune(0, { FAIL_LOG: log });
    const calls = readFileSync(log, "utf8").split("\n");
    const points = [...calls.keys()].filter((index) => which.test(calls[index] ?? ""));
    for (const [nth, point] of points.entries()) {
      if (nth % stride !== first) continue;
      const at = point + 1;
      const { status, error } = await tune(at);
      const faults = [...(await arena.faultsNow()), ...(await arena.faultsAfterNext())];
      if (status !== 0 && !isSentence(error)) faults.push(`ends without a sentence: ${error.slice(-300)}`);
      const where = `${calls[at - 1]}`.replace(arena.folder, "");
      const happened =
        status === 0
          ? "went on and ended well"
          : status === 1
            ? "ended with a sentence"
            : `ended with ${status}`;
      yield { happened, faults: faults.map((each) => `${fault} at ${where}: ${each}`) };
    }
  } finally {
    arena.remove();
  }
}
