/**
 * What a watcher has dealt with, beside the runs: so that a save made while nobody watched, or whose tune was cut off, is noticed
 * when watching begins again. A few numbers of each file, never its content.
 */
import os from "node:os";
import path from "node:path";
import * as z from "zod";
import type { Reach } from "../files/place.ts";
import { openSource, readLong } from "../files/ranges.ts";
import { replaceFile } from "../files/replace.ts";
import { ownFolder } from "../project/paths.ts";
import { makeOwnFolder } from "../project/runFolder.ts";

const schema = z.object({
  version: z.literal(1),
  /** Where it was written: in a copy of the folder everything is there for the first time. */
  host: z.string(),
  folder: z.string(),
  /** `FileLook.written` of each checkpoint that was dealt with, by its path from the folder. */
  known: z.record(z.string(), z.string()),
  /** Those that waited for their tune, or were at it. */
  pending: z.array(z.string()),
});

const maxBytes = 64 * 1024 * 1024;

/** Absolute paths. */
export interface Remembered {
  readonly known: ReadonlyMap<string, string>;
  readonly pending: ReadonlySet<string>;
}

export class WatchMemory {
  readonly #folder: string;
  readonly #file: string;
  readonly #reach: Reach | undefined;

  /**
   * @param configuration path of the selmix.json whose checkpoints are watched
   * @param reach how far writes may reach; its folder when left out
   */
  constructor(configuration: string, reach?: Reach) {
    this.#reach = reach;
    this.#folder = path.dirname(configuration);
    this.#file = path.join(this.#folder, ownFolder, `watched-${path.basename(configuration)}`);
  }

  /** Null where nobody has watched here before, or nothing can be read. */
  async read(): Promise<Remembered | null> {
    const kept = await this.#parse().catch(() => null);
    if (kept?.host !== os.hostname() || kept.folder !== this.#folder) return null;
    const absolute = (name: string) => path.resolve(this.#folder, name);
    return {
      known: new Map(Object.entries(kept.known).map(([name, written]) => [absolute(name), written])),
      pending: new Set(kept.pending.map(absolute)),
    };
  }

  /** Throws what the file system throws. */
  write({ known, pending }: Remembered): void {
    const relative = (file: string) => path.relative(this.#folder, file);
    const own = makeOwnFolder(this.#folder, this.#reach);
    const content: z.input<typeof schema> = {
      version: 1,
      host: os.hostname(),
      folder: this.#folder,
      known: Object.fromEntries([...known].map(([file, written]) => [relative(file), written])),
      pending: [...pending].map(relative),
    };
    const file = path.join(own, path.basename(this.#file));
    replaceFile(file, `${JSON.stringify(content)}\n`, { flush: false });
  }

  async #parse(): Promise<z.output<typeof schema> | null> {
    const source = await openSource(this.#file);
    try {
      if (source.size > maxBytes) return null;
      const text = Buffer.from(await readLong(source, 0, source.size)).toString("utf8");
      return schema.safeParse(JSON.parse(text)).data ?? null;
    } finally {
      await source.close();
    }
  }
}
