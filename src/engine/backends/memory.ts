/** What was measured of the backends on this machine, kept in one small file so that it is measured once. */
import os from "node:os";
import path from "node:path";
import * as z from "zod";
import { makeOwn } from "../../files/ownFolders.ts";
import { readSmallText, sizeLimits } from "../../files/regular.ts";
import { replaceFile } from "../../files/replace.ts";
import type { BackendName, Places } from "./backend.ts";
import { threadsOf } from "./native/threads.ts";
import { findPackage, isNative, nativePackages } from "./packages.ts";
import { processorName } from "./portable.ts";

export const trialSchema = z.union([
  z.object({
    device: z.string(),
    loadSeconds: z.number(),
    cycles: z.array(z.object({ flops: z.number(), milliseconds: z.number() })),
  }),
  z.object({ refused: z.string() }),
]);
/** How trying a backend went: its device and speed, or the sentence that says why it cannot be used. */
export type Trial = z.infer<typeof trialSchema>;

const memory = z.object({ version: z.literal(1), trials: z.record(z.string(), trialSchema) });

/** The NVIDIA driver's version on Linux: a new driver may heal what an old one refused. */
function driver(): string {
  try {
    return readSmallText("/proc/driver/nvidia/version", sizeLimits.settings).split("\n")[0];
  } catch {
    return "";
  }
}

/** Everything that may change how a backend fares; null when its package is not there. */
export function trialKey(name: BackendName, places: Places): string | null {
  const found = isNative(name) ? findPackage(nativePackages[name].name, places) : null;
  if (isNative(name) && found === null) return null;
  const { CUDA_VISIBLE_DEVICES, LD_LIBRARY_PATH, VK_ICD_FILENAMES } = process.env;
  const surroundings = [CUDA_VISIBLE_DEVICES, LD_LIBRARY_PATH, VK_ICD_FILENAMES, driver()];
  const machine = [os.platform(), os.release(), processorName(), process.version];
  const threads = name === "native" ? [threadsOf(places)] : [];
  return [name, found?.version, found?.folder, ...machine, ...surroundings, ...threads].join("|");
}

const fileIn = (storage: string) => path.join(storage, "backends.json");

/** Everything remembered; nothing when the file is missing or not ours. */
export function recall(storage: string): Record<string, Trial> {
  try {
    return memory.parse(JSON.parse(readSmallText(fileIn(storage), sizeLimits.settings))).trials;
  } catch {
    return {};
  }
}

/** Adds one trial. A storage that cannot be written only costs measuring again. */
export function remember(storage: string, key: string, result: Trial): void {
  try {
    if (!makeOwn(storage)) return;
    const trials = { ...recall(storage), [key]: result };
    replaceFile(fileIn(storage), JSON.stringify({ version: 1, trials }, null, 1));
  } catch {
    return;
  }
}
