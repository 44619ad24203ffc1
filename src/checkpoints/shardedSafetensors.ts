/** safetensors split into shards that an index file names, as Hugging Face writes large models. */
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { findNodeAtLocation, parseTree } from "jsonc-parser";
import * as z from "zod";
import { patchedCopy, refuseSameFile, writeFully, writeInParts } from "../files/atomic.ts";
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
      async placeOf(name) {
        const { shard, entry } = placeOf(name);
        return sliceOf(shard.source, entry.offset, entry.bytes);
      },
      async writeCopy(target, replacements, writing = {}) {
        await refuseSameFile(file, target);
        const places = replacements.map((one) => ({ one, place: placeOf(one.name) }));
        const parts = sharded.shards.map((shard) => {
          const patches = places
            .filter(({ place }) => place.shard === shard)
            .map(({ one, place }) => entryPatch(shard.source.path, place.entry, one));
          return {
            name: (id: string) => copiedName(file, target, shard.name, id),
            ...patchedCopy(shard.source, patches, writing.signal),
          };
        });
        const index = (names: readonly string[]) => {
          const text = Buffer.from(copiedIndex(sharded, names));
          return { target, like: file, write: (handle: FileHandle) => writeFully(handle, text, 0) };
        };
        await writeInParts(parts, index, path.dirname(target), writing);
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

/**
 * A shard's name in the copy: the index file's own new name, what this copy holds, and what tells the shard from the others. One
 * that is not named after its index keeps its whole name, behind a letter that no other has there.
 */
function copiedName(file: string, target: string, shard: string, id: string): string {
  const [old = "", renamed = ""] = [file, target].map((one) =>
    path.basename(one).replace(/(\.safetensors)?(\.index)?\.json$/, ""),
  );
  return shard.startsWith(old) ? `${renamed}-${id}${shard.slice(old.length)}` : `${renamed}-x${id}-${shard}`;
}

/** The index as it is, but for the names of the shards, in their order. */
function copiedIndex({ index, shards }: Sharded, names: readonly string[]): string {
  const renamed = new Map(shards.map(({ name }, i) => [name, names[i] ?? name]));
  const tree = parseTree(index);
  const map = tree && findNodeAtLocation(tree, ["weight_map"]);
  let text = "";
  let from = 0;
  for (const property of map?.children ?? []) {
    const value = property.children?.[1];
    const name = value && renamed.get(String(value.value));
    if (value === undefined || name === undefined) continue;
    text += index.slice(from, value.offset) + JSON.stringify(name);
    from = value.offset + value.length;
  }
  return text + index.slice(from);
}

async function closeAll(shards: readonly Shard[]): Promise<void> {
  await Promise.all(shards.map((shard) => shard.source.close()));
}
