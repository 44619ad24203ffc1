/** Two processes at once in one workspace. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { Random } from "../../../src/selmix/random.ts";
import { Arena, type Ended, type Trial } from "./arena.ts";

const measured = z.object({ evaluation: z.object({ test: z.object({ accuracy: z.number() }) }) });

/** Both tune one checkpoint into one output, with tables that a command makes first: both must end well. */
export async function* tunesAtOnce(count: number, seed: number): AsyncGenerator<Trial> {
  const random = new Random(seed, 100);
  const arena = new Arena({}, true);
  try {
    await arena.undisturbed();
    for (let i = 0; i < count; i++) {
      arena.renew();
      const both = await atOnce(arena, [["tune"], ["tune"]], random);
      yield trial(both, [...(await arena.faultsNow()), ...(await arena.faultsAfterNext())]);
    }
  } finally {
    arena.remove();
  }
}

/** Each evaluates a checkpoint of its own, whose tables the command makes in the same place: no head meets the other's tables. */
export async function* evaluationsAtOnce(count: number, seed: number): AsyncGenerator<Trial> {
  const random = new Random(seed, 101);
  const arena = new Arena({}, true);
  const words = ["epoch-10", "other"].map((name) => [
    "evaluate",
    `checkpoints/${name}.safetensors`,
    "--json",
  ]);
  const renew = () => {
    arena.renew();
    const [one = "", other = ""] = ["epoch-10", "other"].map((name) =>
      path.join(arena.folder, `checkpoints/${name}.safetensors`),
    );
    copyFileSync(one, other);
    const bytes = readFileSync(other);
    // A number of the body: the head is the same, the checkpoint another.
    bytes.writeUInt32LE(7, bytes.length - 4096);
    writeFileSync(other, bytes);
  };
  const accuracyOf = ({ status, output, error }: Ended) => {
    if (status !== 0) throw new Error(`An evaluation that nothing disturbs fails: ${error}`);
    return measured.parse(JSON.parse(output)).evaluation.test.accuracy;
  };
  try {
    renew();
    const alone: number[] = [];
    for (const each of words) alone.push(accuracyOf(await arena.selmix(each).ended));
    if (alone[0] === alone[1]) throw new Error("The two evaluations cannot be told apart.");
    for (let i = 0; i < count; i++) {
      renew();
      const both = await atOnce(arena, words, random);
      const wrong = both.filter((one, k) => one.status === 0 && accuracyOf(one) !== alone[k]);
      yield trial(both, wrong.length > 0 ? ["a head was measured on the other's tables"] : []);
    }
  } finally {
    arena.remove();
  }
}

async function atOnce(arena: Arena, words: readonly (readonly string[])[], random: Random): Promise<Ended[]> {
  const all: Promise<Ended>[] = [];
  for (const each of words) {
    all.push(arena.selmix(each).ended);
    await pause(random.uniform() * 300);
  }
  return Promise.all(all);
}

function trial(both: readonly Ended[], faults: readonly string[]): Trial {
  const failed = both
    .filter(({ status }) => status !== 0)
    .map(({ error }) => `one ended with: ${error.slice(-300)}`);
  return { happened: failed.length === 0 ? "both ended well" : "one failed", faults: [...failed, ...faults] };
}
