/** Which tables a result was measured on: the hash of what each holds, and that none of them was written to meanwhile. */
import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { writtenState } from "../../features/extraction/stamp.ts";
import { hashFile } from "../../files/hash.ts";
import type { Configuration } from "../../project/configuration.ts";
import { tableFiles } from "../../project/tableFiles.ts";
import { JobError } from "../errors.ts";

/** SHA-256 of the content of each table, by what it is used for. */
export type TableHashes = Readonly<Record<string, string>>;

export class WatchedTables {
  readonly #known = new Map<string, string>();
  readonly #states: ReadonlyMap<string, { readonly place: string; readonly state: string | null }>;

  private constructor(
    states: ReadonlyMap<string, { readonly place: string; readonly state: string | null }>,
  ) {
    this.#states = states;
  }

  /** Looks at the tables before they are opened. */
  static async of(folder: string, features: Configuration["features"]): Promise<WatchedTables> {
    const states = new Map<string, { place: string; state: string | null }>();
    const tables = tableFiles(features);
    for (const use of ["train", "unlabeled", "validation", "test", "certify"] as const) {
      const name = tables[use];
      if (name === undefined) continue;
      const place = path.resolve(folder, name);
      states.set(use, { place, state: await writtenState(place) });
      const beside = use === "unlabeled" ? undefined : features.metadata?.[use];
      if (beside === undefined) continue;
      const facts = path.resolve(folder, beside);
      states.set(`${use}Metadata`, { place: facts, state: await writtenState(facts) });
    }
    return new WatchedTables(states);
  }

  /** Throws `JobError` when a table was written to since the first look: what was measured may be half old, half new. */
  async assertUnchanged(): Promise<void> {
    for (const { place, state } of this.#states.values()) {
      if ((await writtenState(place)) !== state) {
        throw new JobError(`${place} was written to while it was used; run this again when it is complete.`);
      }
    }
  }

  /** Reads each table once more, once. Throws `JobError` when one was written to since the first look. */
  async hashes(signal?: AbortSignal): Promise<TableHashes> {
    const known = this.#known;
    const hashes: Record<string, string> = {};
    for (const [use, { place }] of this.#states) {
      const hash = known.get(place) ?? (await hashTable(place, signal));
      known.set(place, hash);
      hashes[use] = hash;
    }
    await this.assertUnchanged();
    return hashes;
  }
}

/** A table that is a folder of arrays is the names and hashes of these. */
export async function hashTable(place: string, signal?: AbortSignal): Promise<string> {
  if (!(await stat(place)).isDirectory()) return hashFile(place, signal);
  const hash = createHash("sha256");
  for (const name of (await readdir(place)).sort()) {
    const file = path.join(place, name);
    if ((await stat(file)).isFile()) hash.update(`${name}\0${await hashFile(file, signal)}\0`);
  }
  return hash.digest("hex");
}
