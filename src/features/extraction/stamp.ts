/** Remembers what feature tables were made from, so that nothing is made twice. */
import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { makeFolder, remove } from "../../files/direct.ts";
import { hashFile } from "../../files/hash.ts";
import { readSmallText, sizeLimits } from "../../files/regular.ts";
import { replaceFile } from "../../files/replace.ts";

const stampSchema = z.object({ madeFrom: z.string(), tables: z.record(z.string(), z.string()) });

/** Larger files are data: their size and time of writing tell enough. */
const maxScriptBytes = 1024 * 1024;

/** One text for everything that decides the features: settings, and those of the names that are files. */
export async function fingerprint(
  settings: unknown,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const file of files) {
    const info = await stat(file).catch(() => null);
    if (!info?.isFile()) continue;
    const isScript = info.size <= maxScriptBytes;
    hash.update(isScript ? await hashFile(file, signal) : ((await writtenState(file)) ?? ""));
  }
  return hash.digest("hex");
}

/** Whether all tables are there, untouched since they were made from this. */
export async function isCurrent(
  stamp: string,
  madeFrom: string,
  tables: readonly string[],
): Promise<boolean> {
  const kept = stampSchema.safeParse(storedJson(stamp)).data;
  if (kept?.madeFrom !== madeFrom) return false;
  for (const table of tables) {
    const now = await writtenState(table);
    if (now === null || kept.tables[table] !== now) return false;
  }
  return true;
}

/** Forgets, makes, and remembers: what fails half way is made again the next time. */
export async function makeOnce(
  stamp: string,
  madeFrom: string,
  tables: readonly string[],
  make: () => Promise<void>,
): Promise<void> {
  remove(stamp);
  await make();
  const states: Record<string, string> = {};
  for (const table of tables) states[table] = (await writtenState(table)) ?? "";
  makeFolder(path.dirname(stamp));
  replaceFile(stamp, `${JSON.stringify({ madeFrom, tables: states }, null, 2)}\n`);
}

/** Changes whenever a file, or a file in a folder, is written; null when there is nothing. */
export async function writtenState(file: string): Promise<string | null> {
  const info = await stat(file, { bigint: true }).catch(() => null);
  if (!info) return null;
  if (!info.isDirectory()) return `${info.size} ${info.mtimeNs}`;
  const names = (await readdir(file)).sort();
  const states = await Promise.all(names.map((name) => writtenState(path.join(file, name))));
  return createHash("sha256")
    .update(JSON.stringify([names, states]))
    .digest("hex");
}

function storedJson(file: string): unknown {
  try {
    return JSON.parse(readSmallText(file, sizeLimits.settings));
  } catch {
    return null;
  }
}
