/** safetensors split into shards that an index file names, as Hugging Face writes large models. */
import path from "node:path";
import * as z from "zod";
import { type FileToWrite, patchedCopy, refuseSameFile, writeFully, writeTogether } from "../files/atomic.ts";
import { FileError, openSource, pieces, readLong, type SourceFile, sliceOf } from "../files/ranges.ts";
import { readSafetensors, type SafetensorsEntry } from "../files/safetensors.ts";
import { type Checkpoint, CheckpointError, type CheckpointFormat } from "./checkpoint.ts";
import { describeEntry, entryPatch, readEntry } from "./safetensors.ts";

const maxIndexBytes = 64 * 1024 * 1024;
const maxShards = 10_000;

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

interface Shard {
  readonly name: string;
  readonly source: SourceFile;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
}

interface Sharded {
  readonly index: string;
  readonly shards: readonly Shard[];
  readonly placeOf: ReadonlyMap<string, { shard: Shard; entry: SafetensorsEntry }>;
}

export const shardedSafetensorsFormat: CheckpointFormat = {
  async isComplete(file) {
    try {
      await closeAll((await openSharded(file)).shards);
      return true;
    } catch (error) {
      if (error instanceof FileError || error instanceof CheckpointError) return false;
      throw error;
    }
  },

  async parts(file) {
    const names = shardNames(file, parseIndex(file, await readIndex(file)));
    return names.map((name) => path.join(path.dirname(file), name));
  },

  async open(file) {
    const sharded = await openSharded(file);
    const placeOf = (name: string) => {
      const place = sharded.placeOf.get(name);
      if (!place) throw new CheckpointError(`${file} has no tensor ${name}; list its tensors with inspect.`);
      return place;
    };
    const checkpoint: Checkpoint = {
      path: file,
      format: "sharded-safetensors",
      tensors: [...sharded.placeOf.values()].map(({ entry }) => describeEntry(entry)),
      async read(name) {
        const { shard, entry } = placeOf(name);
        const values = await readEntry(shard.source, entry);
        await shard.source.assertUnchanged();
        return values;
      },
      bytesOf(name) {
        const { shard, entry } = placeOf(name);
        return pieces(sliceOf(shard.source, entry.offset, entry.bytes));
      },
      async writeCopy(target, replacements, signal) {
        await refuseSameFile(file, target);
        const files: FileToWrite[] = [];
        for (const shard of sharded.shards) {
          const patches = replacements
            .map((one) => ({ one, place: placeOf(one.name) }))
            .filter(({ place }) => place.shard === shard)
            .map(({ one, place }) => entryPatch(shard.source.path, place.entry, one));
          const copy = path.join(path.dirname(target), copiedName(file, target, shard.name));
          files.push(await patchedCopy(shard.source, copy, patches, signal));
        }
        const index = Buffer.from(copiedIndex(file, target, sharded));
        files.push({ target, write: (handle) => writeFully(handle, index, 0) });
        await writeTogether(files, signal);
      },
      close: () => closeAll(sharded.shards),
    };
    return checkpoint;
  },
};

async function openSharded(file: string): Promise<Sharded> {
  const index = await readIndex(file);
  const weights = parseIndex(file, index);
  const shards: Shard[] = [];
  try {
    for (const name of shardNames(file, weights)) {
      const source = await openSource(path.join(path.dirname(file), name));
      const shard = { name, source, entries: new Map<string, SafetensorsEntry>() };
      shards.push(shard);
      for (const entry of await readSafetensors(source)) shard.entries.set(entry.name, entry);
    }
    const placeOf = new Map<string, { shard: Shard; entry: SafetensorsEntry }>();
    for (const [tensor, name] of weights) {
      const shard = shards.find((one) => one.name === name);
      const entry = shard?.entries.get(tensor);
      if (!shard || !entry) {
        throw new CheckpointError(
          `${file} says that ${tensor} lies in ${name}, which does not have it; save it again.`,
        );
      }
      placeOf.set(tensor, { shard, entry });
    }
    return { index, shards, placeOf };
  } catch (error) {
    await closeAll(shards);
    throw error;
  }
}

/** The files that hold the tensors of an index. Throws `CheckpointError` for a name that is no file beside it. */
function shardNames(file: string, weights: ReadonlyMap<string, string>): string[] {
  const names = [...new Set(weights.values())];
  if (names.length > maxShards)
    throw new CheckpointError(`${file} names ${names.length} shards; 10,000 are read.`);
  const elsewhere = (name: string) =>
    name !== path.basename(name) || name.includes("\\") || name.startsWith(".");
  const wrong = names.find(elsewhere);
  if (wrong === undefined) return names;
  throw new CheckpointError(
    `${file} names a shard ${wrong}, which is not a file beside it; save the model again.`,
  );
}

async function readIndex(file: string): Promise<string> {
  const source = await openSource(file);
  try {
    if (source.size > maxIndexBytes)
      throw new CheckpointError(`${file} is over the limit of 64 MB for an index.`);
    return Buffer.from(await readLong(source, 0, source.size)).toString("utf8");
  } finally {
    await source.close();
  }
}

function parseIndex(file: string, index: string): Map<string, string> {
  let content: unknown;
  try {
    content = JSON.parse(index);
  } catch {
    throw new CheckpointError(`${file} is not JSON; it is incomplete or no index: save the model again.`);
  }
  const parsed = indexSchema.safeParse(content);
  if (!parsed.success) {
    throw new CheckpointError(
      `${file} has no weight_map of tensor names to file names; save the model again.`,
    );
  }
  return new Map(Object.entries(parsed.data.weight_map));
}

/** A shard's name in the copy: it follows the index file's own new name. */
function copiedName(file: string, target: string, shard: string): string {
  const [old, renamed] = [file, target].map((one) =>
    path.basename(one).replace(/(\.safetensors)?(\.index)?\.json$/, ""),
  );
  if (old === renamed || old === undefined || renamed === undefined) return shard;
  return shard.startsWith(old) ? renamed + shard.slice(old.length) : `${renamed}-${shard}`;
}

/** The index as it is, but for the shards' names where these change. */
function copiedIndex(file: string, target: string, { index, shards }: Sharded): string {
  let text = index;
  for (const { name } of shards) {
    const renamed = copiedName(file, target, name);
    if (renamed !== name) text = text.replaceAll(`${JSON.stringify(name)}`, JSON.stringify(renamed));
  }
  return text;
}

async function closeAll(shards: readonly Shard[]): Promise<void> {
  await Promise.all(shards.map((shard) => shard.source.close()));
}
