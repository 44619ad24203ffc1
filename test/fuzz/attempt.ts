/** One mutated input into one reader, in a folder of its own. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { mutate, mutateJson, picker } from "./mutate.ts";
import { isExpected, type Target } from "./targets.ts";

/** No file of a few kilobytes may take more of a processor. */
const mostMilliseconds = 2_000;

/** Lays out the files that stand beside a target's input, and returns the input's path. */
export function prepare(target: Target, folder: string): string {
  const home = path.join(folder, target.name);
  mkdirSync(home, { recursive: true });
  const file = path.join(home, target.file);
  mkdirSync(path.dirname(file), { recursive: true });
  for (const [name, bytes] of target.beside) writeFileSync(path.join(home, name), bytes);
  return file;
}

/** Input number `index` of a target; the same for the same number and series. */
export function inputOf(target: Target, index: number, series = 0): Uint8Array {
  const pick = picker(Math.imul(index, 0x9e3779b1) ^ Math.imul(series, 0x85ebca6b) ^ 0x5e1f);
  return target.structured && pick(2) === 0
    ? mutateJson(target.seeds, target.structured, pick)
    : mutate(target.seeds, pick);
}

/** Reads an input. Returns what went wrong, or null when it was read or refused as it should be. */
export async function attempt(
  target: Target,
  file: string,
  bytes: Uint8Array,
  thorough: boolean,
): Promise<string | null> {
  writeFileSync(file, bytes);
  const started = process.threadCpuUsage();
  try {
    await target.read(file, bytes, thorough);
  } catch (error) {
    if (!isExpected(error)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (error instanceof Error && /[\n\t]|undefined|\[object/.test(error.message))
      return `no sentence: ${error.message}`;
  }
  const { user, system } = process.threadCpuUsage(started);
  const took = Math.round((user + system) / 1000);
  return took > mostMilliseconds ? `took ${took} ms` : null;
}
