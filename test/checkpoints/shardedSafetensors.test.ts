import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { checkpointEnding, isCompleteCheckpoint, openCheckpoint } from "../../src/checkpoints/formats.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

let root = "";
let index = "";
const shardNames = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] as const;

function shard(weight: readonly number[]): Uint8Array {
  return makeSafetensors({ "score.weight": { dtype: "BF16", shape: [2, 2], values: weight } });
}

const body = makeSafetensors({ "embed.weight": { dtype: "F32", shape: [3, 2], values: [1, 2, 3, 4, 5, 6] } });

function indexText(names: readonly [string, string] = shardNames): string {
  const map = { "score.weight": names[1], "embed.weight": names[0] };
  return JSON.stringify({ metadata: { total_size: 32 }, weight_map: map }, null, 2);
}

const folders: string[] = [];
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "selmix-sharded-"));
  folders.push(root);
  index = path.join(root, "model.safetensors.index.json");
  await writeFile(path.join(root, shardNames[0]), body);
  await writeFile(path.join(root, shardNames[1]), shard([1, 2, 3, 4]));
  await writeFile(index, indexText());
});
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

const replacement = { name: "score.weight", values: Float32Array.of(5, 6, 7, 8) };

describe("safetensors in shards", () => {
  it("are one checkpoint", async () => {
    expect(checkpointEnding(index)).toBe(".safetensors.index.json");
    const checkpoint = await openCheckpoint(index);
    expect(checkpoint.tensors.map((tensor) => tensor.name).sort()).toEqual(["embed.weight", "score.weight"]);
    expect([...(await checkpoint.read("score.weight"))]).toEqual([1, 2, 3, 4]);
    await checkpoint.close();
  });

  it("follow the name of the index and what they hold, and leave the old ones alone", async () => {
    const checkpoint = await openCheckpoint(index);
    const target = path.join(root, "model.tuned.safetensors.index.json");
    await checkpoint.writeCopy(target, [replacement]);
    const copy = await openCheckpoint(target);
    expect([...(await copy.read("score.weight"))]).toEqual([5, 6, 7, 8]);
    const [id = ""] = /(?<=-)[0-9a-f]{10}(?=-)/.exec((await readdir(root)).join()) ?? [];
    const renamed = [
      `model.tuned-${id}-00001-of-00002.safetensors`,
      `model.tuned-${id}-00002-of-00002.safetensors`,
    ] as const;
    expect(await readFile(target, "utf8")).toBe(indexText(renamed));
    expect(await readFile(path.join(root, renamed[0]))).toEqual(Buffer.from(body));
    expect(await readFile(path.join(root, renamed[1]))).toEqual(Buffer.from(shard([5, 6, 7, 8])));
    expect(await readFile(path.join(root, shardNames[1]))).toEqual(Buffer.from(shard([1, 2, 3, 4])));
    await Promise.all([checkpoint.close(), copy.close()]);
  });

  it("are written as the same files again when nothing else is to be written", async () => {
    const checkpoint = await openCheckpoint(index);
    const target = path.join(root, "out", "m.safetensors.index.json");
    await checkpoint.writeCopy(target, [replacement]);
    const once = (await readdir(path.dirname(target))).sort();
    await checkpoint.writeCopy(target, [replacement]);
    expect((await readdir(path.dirname(target))).sort()).toEqual(once);
    await checkpoint.writeCopy(target, []);
    expect(await readdir(path.dirname(target))).toHaveLength(5);
    await checkpoint.close();
  });

  it("appear together or not at all", async () => {
    const checkpoint = await openCheckpoint(index);
    const place = path.join(root, "out");
    const aborted = checkpoint.writeCopy(path.join(place, "m.safetensors.index.json"), [], {
      signal: AbortSignal.abort(),
    });
    await expect(aborted).rejects.toThrow(/abort/i);
    await expect(checkpoint.writeCopy(index, [])).rejects.toThrow(/never overwritten/);
    expect(await readdir(root)).toHaveLength(3);
    await checkpoint.close();
  });

  it("are incomplete while a shard is", async () => {
    expect(await isCompleteCheckpoint(index)).toBe(true);
    await writeFile(path.join(root, shardNames[0]), body.subarray(0, -1));
    expect(await isCompleteCheckpoint(index)).toBe(false);
    await rm(path.join(root, shardNames[0]));
    expect(await isCompleteCheckpoint(index)).toBe(false);
    await expect(openCheckpoint(index)).rejects.toThrow(/does not exist/);
  });

  it.each([
    ["a shard elsewhere", indexText(["../model.safetensors", shardNames[1]]), /not a file beside it/],
    ["a tensor that is not there", indexText([shardNames[1], shardNames[1]]), /does not have it/],
    ["no map", "{}", /weight_map/],
    ["half an index", indexText().slice(0, 60), /not JSON/],
  ])("refuse %s", async (_, text, message) => {
    await writeFile(index, text);
    await expect(openCheckpoint(index)).rejects.toThrow(message);
    expect(await isCompleteCheckpoint(index)).toBe(false);
  });
});
