/** All files that a checkpoint consists of: some formats keep their tensors in files beside the one that is named. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { openSource, readLong } from "../files/ranges.ts";
import { sizeLimits } from "../files/regular.ts";

/** TF.js layers models: the shards that model.json lists. */
const manifest = z.object({ weightsManifest: z.array(z.object({ paths: z.array(z.string()) })) });
/** Sharded safetensors: the shard of each tensor. */
const shardIndex = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * The checkpoint's own path first, then the files it names in its folder. Rejects with `FileError` where it cannot be read; text that
 * cannot be parsed yet names no other file.
 */
export async function checkpointParts(file: string): Promise<string[]> {
  const folder = path.dirname(file);
  if (file.endsWith(".json")) {
    const names = shardNames(await readText(file));
    return [file, ...[...names].sort().map((name) => path.join(folder, path.basename(name)))];
  }
  if (file.endsWith(".onnx")) {
    // External data is named after the model by every exporter: model.onnx.data, model.onnx_data.
    const own = path.basename(file);
    const data = (name: string) => name.startsWith(own) && /^[._]data/.test(name.slice(own.length));
    const beside = (await readdir(folder)).filter(data).sort();
    return [file, ...beside.map((name) => path.join(folder, name))];
  }
  return [file];
}

async function readText(file: string): Promise<string> {
  const source = await openSource(file);
  try {
    if (source.size > sizeLimits.network) return "";
    return Buffer.from(await readLong(source, 0, source.size)).toString("utf8");
  } finally {
    await source.close();
  }
}

function shardNames(text: string): Set<string> {
  try {
    const value: unknown = JSON.parse(text);
    const listed = manifest.safeParse(value).data?.weightsManifest.flatMap(({ paths }) => paths) ?? [];
    const indexed = Object.values(shardIndex.safeParse(value).data?.weight_map ?? {});
    return new Set([...listed, ...indexed]);
  } catch {
    return new Set();
  }
}
