/**
 * TF.js models: a model.json and shards of weights beside it. A copy named `tuned.json` has its shards beside it under its own
 * name and that of what it holds, `tuned.0123456789.group1-shard1of1.bin`, and names these.
 */

import path from "node:path";
import {
  type PartToWrite,
  type Patch,
  patchedCopy,
  refuseSameFile,
  type Writing,
  writeInParts,
} from "../../files/atomic.ts";
import { decodeFloats, elementCount, isFloatType } from "../../files/numbers.ts";
import { openSource, pieces, readLong, type SourceFile, sliceOf } from "../../files/ranges.ts";
import { splicedCopy } from "../../files/splicedCopy.ts";
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointFormat,
  type LinearLayer,
  type TensorInfo,
  type TensorReplacement,
} from "../checkpoint.ts";
import { Companions, companionPath } from "../companions.ts";
import { opensWhole } from "../opensWhole.ts";
import { encodeTensor } from "../tensors.ts";
import { findPaths, type Group, type ModelJson, parseModelJson, type Weight } from "./modelJson.ts";
import { findDenseLayers, namedByLayer } from "./topology.ts";

const maxJsonBytes = 64 * 1024 * 1024;

export const tfjsFormat: CheckpointFormat = {
  isComplete: (file) => opensWhole(file, openTfjs),
  open: openTfjs,
  async parts(file) {
    const source = await openSource(file);
    try {
      const { groups } = parseModelJson(file, await readText(source));
      const names = new Set(groups.flatMap(({ paths }) => paths));
      return [...names].map((name) => companionPath(file, name));
    } finally {
      await source.close();
    }
  },
};

async function openTfjs(file: string): Promise<Checkpoint> {
  const source = await openSource(file);
  const companions = new Companions(file);
  try {
    const text = await readText(source);
    const model = parseModelJson(file, text);
    const shards = new Map<Group, Shard[]>();
    for (const group of model.groups) shards.set(group, await openShards(file, group, companions));
    await source.assertUnchanged();
    return new TfjsCheckpoint(source, text, model, companions, shards);
  } catch (error) {
    await Promise.all([source.close(), companions.close()]);
    throw error;
  }
}

async function readText(source: SourceFile): Promise<string> {
  const { path: file, size } = source;
  if (size > maxJsonBytes) throw new CheckpointError(`${file} is over the limit of 64 MB for a model.json.`);
  const bytes = await readLong(source, 0, size);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new CheckpointError(
      `${file} is not text, so it is no TF.js model; name a model.json with weights.`,
    );
  }
}

/** A shard, and where its bytes begin in its group. */
interface Shard {
  readonly path: string;
  readonly start: number;
  readonly source: SourceFile;
}

async function openShards(file: string, group: Group, companions: Companions): Promise<Shard[]> {
  const shards: Shard[] = [];
  let start = 0;
  for (const shard of group.paths) {
    const source = await companions.file(shard);
    shards.push({ path: shard, start, source });
    start += source.size;
  }
  if (start !== group.bytes) {
    throw new CheckpointError(
      `${file} describes ${group.bytes} bytes of weights and its shards hold ${start}; save or copy all files again.`,
    );
  }
  return shards;
}

const graphModel =
  "is a TF.js graph model, a frozen graph in which no layers are told apart; tune the Keras model that it was made from, and convert the tuned copy: " +
  "tensorflowjs_converter --input_format=keras tuned.h5 web";

/** A graph model's topology is TensorFlow's graph. */
function isGraphModel(topology: unknown): boolean {
  return typeof topology === "object" && topology !== null && "node" in topology;
}

class TfjsCheckpoint implements Checkpoint {
  readonly path: string;
  readonly format = "tfjs";
  readonly tensors: readonly TensorInfo[];
  readonly linearLayers: readonly LinearLayer[];
  readonly otherHead?: string;
  readonly #source: SourceFile;
  readonly #text: string;
  readonly #companions: Companions;
  readonly #shards: ReadonlyMap<Group, readonly Shard[]>;
  readonly #places = new Map<string, { weight: Weight; group: Group }>();

  constructor(
    source: SourceFile,
    text: string,
    model: ModelJson,
    companions: Companions,
    shards: ReadonlyMap<Group, readonly Shard[]>,
  ) {
    this.path = source.path;
    this.#source = source;
    this.#text = text;
    this.#companions = companions;
    this.#shards = shards;
    for (const group of model.groups)
      for (const weight of group.weights) this.#places.set(weight.name, { weight, group });
    this.tensors = [...this.#places.values()].map(({ weight: { name, shape, type, bytes, quantised } }) => ({
      ...{ name, shape, type, bytes },
      ...(quantised !== undefined && { quantised }),
    }));
    if (isGraphModel(model.topology)) this.otherHead = graphModel;
    this.linearLayers = findDenseLayers(model.topology, namedByLayer([...this.#places.keys()]));
  }

  async read(name: string): Promise<Float32Array> {
    const { weight, type, parts } = this.#floatPlace(name);
    const bytes = Buffer.concat(
      await Promise.all(parts.map(({ shard, offset, length }) => readLong(shard.source, offset, length))),
    );
    const values = new Float32Array(elementCount(weight.shape));
    decodeFloats(type, bytes, values.length, values, 0);
    await this.#assertUnchanged();
    return values;
  }

  async *bytesOf(name: string): AsyncGenerator<Uint8Array> {
    for (const { shard, offset, length } of this.#place(name).parts)
      yield* pieces(sliceOf(shard.source, offset, length));
  }

  async writeCopy(
    target: string,
    replacements: readonly TensorReplacement[],
    writing: Writing = {},
  ): Promise<void> {
    const patches = new Map<string, Patch[]>();
    for (const replacement of replacements) {
      const { weight, type, parts } = this.#floatPlace(replacement.name);
      const bytes = encodeTensor(this.path, { ...weight, type }, replacement);
      for (const { shard, offset, from, length } of parts) {
        const own = patches.get(shard.path) ?? [];
        own.push({ offset, bytes: bytes.subarray(from, from + length) });
        patches.set(shard.path, own);
      }
    }
    await refuseSameFile(this.path, target);
    const { signal } = writing;
    const shards = [...new Set([...this.#shards.values()].flat().map((shard) => shard.path))];
    const parts: PartToWrite[] = [];
    for (const [i, shard] of shards.entries()) {
      const source = await this.#companions.file(shard);
      const name = (id: string) => copiedName(target, shards, i, id);
      parts.push({ name, ...patchedCopy(source, patches.get(shard) ?? [], signal) });
    }
    const index = (names: readonly string[]) => {
      const splices = findPaths(this.#text).map(({ path: shard, offset, length }) => {
        return { offset, length, bytes: Buffer.from(JSON.stringify(names[shards.indexOf(shard)] ?? shard)) };
      });
      return splicedCopy(this.#source, target, splices, signal);
    };
    await writeInParts(parts, index, path.dirname(target), writing);
  }

  async close(): Promise<void> {
    await Promise.all([this.#source.close(), this.#companions.close()]);
  }

  async #assertUnchanged(): Promise<void> {
    await Promise.all([this.#source.assertUnchanged(), this.#companions.assertUnchanged()]);
  }

  #floatPlace(name: string) {
    const place = this.#place(name);
    const { type } = place.weight;
    if (!isFloatType(type))
      throw new CheckpointError(`${this.path} keeps ${name} as ${type}; a head is F32 or F16.`);
    return { ...place, type };
  }

  /** A weight, and its parts in the shards; `from` counts from its own start. */
  #place(name: string) {
    const place = this.#places.get(name);
    if (!place)
      throw new CheckpointError(`${this.path} has no tensor ${name}; list its tensors with inspect.`);
    const { weight, group } = place;
    const parts = (this.#shards.get(group) ?? []).flatMap((shard) => {
      const start = Math.max(weight.offset, shard.start);
      const end = Math.min(weight.offset + weight.bytes, shard.start + shard.source.size);
      if (start >= end) return [];
      return [{ shard, offset: start - shard.start, from: start - weight.offset, length: end - start }];
    });
    return { weight, parts };
  }
}

/** The name of a shard of a copy; shards of one name in several folders are counted. */
function copiedName(target: string, shards: readonly string[], at: number, id: string): string {
  const stem = path.basename(target).replace(/\.json$/i, "");
  const own = path.basename(shards[at] ?? "");
  const before = shards.slice(0, at).filter((one) => path.basename(one) === own).length;
  return before === 0 ? `${stem}.${id}.${own}` : `${stem}.${id}-${before + 1}.${own}`;
}
