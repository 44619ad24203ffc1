/** What a checkpoint consists of and holds; the hashes were computed by its own framework (test/fixtures/make_identity.py). */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { TensorInfo } from "../../src/checkpoints/checkpoint.ts";
import { checkpointParts, openCheckpoint } from "../../src/checkpoints/formats.ts";
import { bodyHash, contentHash, isCounter, isSameContent } from "../../src/checkpoints/identity.ts";
import { hashFile } from "../../src/files/hash.ts";

const fixtures = path.resolve("test/fixtures");
const expected = z
  .record(
    z.string(),
    z.object({
      weight: z.string(),
      bias: z.string().nullable(),
      contentHash: z.string(),
      bodyHash: z.string(),
    }),
  )
  .parse(JSON.parse(readFileSync(path.join(fixtures, "identity/expected.json"), "utf8")));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "identity-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function bodyOf(file: string, head: { weight: string; bias: string | null }, signal?: AbortSignal) {
  const checkpoint = await openCheckpoint(file);
  try {
    return await bodyHash(checkpoint, head, signal);
  } finally {
    await checkpoint.close();
  }
}

test.each(Object.entries(expected))("%s has the hashes that its framework gives", async (name, one) => {
  const file = path.join(fixtures, name.replace(/#.*/, ""));
  expect(await contentHash(await checkpointParts(file))).toBe(one.contentHash);
  expect(await bodyOf(file, one)).toBe(one.bodyHash);
});

test("every kind of checkpoint that can be opened is among them", () => {
  expect(
    new Set(Object.keys(expected).map((name) => name.replace(/#.*/, "").replace(/^.*?\./, "."))),
  ).toEqual(
    new Set([
      ...[".safetensors", ".safetensors.index.json", ".npz", ".onnx", ".pt", ".pth", ".ckpt"],
      ...[".keras", ".weights.h5", ".h5", ".json"],
    ]),
  );
});

test("the body is the same under another head, and another under other numbers or another name", async () => {
  const source = path.join(fixtures, "identity/plain.safetensors");
  const head = { weight: "fc.weight", bias: "fc.bias" };
  const checkpoint = await openCheckpoint(source);
  const before = await bodyHash(checkpoint, head);
  const copy = path.join(folder, "copy.safetensors");
  const zeros = (name: string, count: number) => ({ name, values: new Float32Array(count) });
  await checkpoint.writeCopy(copy, [zeros("fc.weight", 18), zeros("fc.bias", 3)]);
  expect(await bodyOf(copy, head)).toBe(before);
  expect(await contentHash([copy])).not.toBe(await contentHash([source]));
  expect(await bodyOf(copy, { weight: "fc.weight", bias: null })).not.toBe(before);
  await checkpoint.writeCopy(copy, [zeros("body.weight", 24)]);
  expect(await bodyOf(copy, head)).not.toBe(before);
  await checkpoint.close();
});

test("what counts batches or draws numbers is no body; whole numbers of other names are", () => {
  const counter = (name: string, type: TensorInfo["type"], shape: number[]) =>
    isCounter({ name, type, shape });
  expect(counter("layer1.0.bn1.num_batches_tracked", "I64", [])).toBe(true);
  expect(counter("layers/dropout/seed_generator/vars/0", "U32", [2])).toBe(true);
  expect(counter("layers/random_flip/generator/vars/0", "U32", [2])).toBe(true);
  expect(counter("generator.conv.weight", "I8", [16, 3, 3, 3])).toBe(false);
  expect(counter("generator.scale", "F32", [2])).toBe(false);
  expect(counter("steps", "I64", [])).toBe(false);
  expect(counter("num_batches_tracked_mean", "F32", [])).toBe(false);
});

test("a frozen body whose batches were counted on is the same body", async () => {
  const body = (batches: number, mean: number) => {
    const file = path.join(folder, `${batches}-${mean}.safetensors`);
    const tensors = {
      "fc.weight": { dtype: "F32", bytes: new Uint8Array(8), shape: [1, 2] },
      "norm.num_batches_tracked": {
        dtype: "I64",
        bytes: new Uint8Array(BigInt64Array.of(BigInt(batches)).buffer),
        shape: [],
      },
      "norm.running_mean": {
        dtype: "F32",
        bytes: new Uint8Array(Float32Array.of(mean).buffer),
        shape: [1],
      },
    };
    let at = 0;
    const header = Object.fromEntries(
      Object.entries(tensors).map(([name, { dtype, bytes, shape }]) => {
        at += bytes.length;
        return [name, { dtype, shape, data_offsets: [at - bytes.length, at] }];
      }),
    );
    const text = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(file, Buffer.concat([length, text, ...Object.values(tensors).map(({ bytes }) => bytes)]));
    return bodyOf(file, { weight: "fc.weight", bias: null });
  };
  expect(await body(7, 0.5)).toBe(await body(900, 0.5));
  expect(await body(7, 0.5)).not.toBe(await body(7, 0.6));
});

test("numbers that lie scattered in a Keras file are no body that can be told", async () => {
  const file = path.join(fixtures, "keras/earliest.h5");
  await expect(bodyOf(file, { weight: "alone", bias: null })).rejects.toThrow(/keeps chunked in chunks/);
});

test("a shard that changes under the same index is another content; the order in the index and the folder are not", async () => {
  for (const name of ["model.safetensors.index.json", ...shards]) {
    cpSync(path.join(fixtures, "identity", name), path.join(folder, name));
  }
  const index = path.join(folder, "model.safetensors.index.json");
  const before = await contentHash(await checkpointParts(index));
  expect(before).toBe(expected["identity/model.safetensors.index.json"]?.contentHash);
  const shard = path.join(folder, shards[1] ?? "");
  const bytes = readFileSync(shard);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  writeFileSync(shard, bytes);
  expect(await contentHash(await checkpointParts(index))).not.toBe(before);
  expect(await contentHash([index, ...shards.toReversed().map((name) => path.join(folder, name))])).toBe(
    await contentHash(await checkpointParts(index)),
  );
});
const shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];

test("a hash that 0.1.0 wrote down is known, but not where it left out the shards", async () => {
  const plain = path.join(fixtures, "identity/plain.safetensors");
  expect(isSameContent(await hashFile(plain), await contentHash([plain]))).toBe(true);
  const index = path.join(fixtures, "identity/model.safetensors.index.json");
  const content = await contentHash(await checkpointParts(index));
  expect(isSameContent(content, content)).toBe(true);
  expect(isSameContent(await hashFile(index), content)).toBe(false);
});

test("hashing can be stopped", async () => {
  const plain = path.join(fixtures, "identity/plain.safetensors");
  const stopped = AbortSignal.abort(new Error("stopped"));
  await expect(contentHash([plain], stopped)).rejects.toThrow("stopped");
  await expect(bodyOf(plain, { weight: "fc.weight", bias: null }, stopped)).rejects.toThrow("stopped");
});

function folderWith(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
}

const parts = async (name: string) =>
  (await checkpointParts(path.join(folder, name))).map((file) => path.relative(folder, file));

test("most checkpoints are one file", async () => {
  folderWith({ "a.pt": "", "a.pt.data": "" });
  expect(await parts("a.pt")).toEqual(["a.pt"]);
});

test("TF.js models and sharded safetensors have their shards, where they lie", async () => {
  const groups = [{ paths: ["group1-shard2of2.bin", "shards/group1-shard1of2.bin"], weights: [] }];
  folderWith({
    "model.json": JSON.stringify({ modelTopology: {}, weightsManifest: groups }),
    "m.safetensors.index.json": JSON.stringify({
      weight_map: { a: "m-1.safetensors", b: "m-1.safetensors" },
    }),
    "out.safetensors.index.json": JSON.stringify({ weight_map: { a: "../m-1.safetensors" } }),
    "half.json": '{"weightsManifest": [',
  });
  expect(await parts("model.json")).toEqual([
    "model.json",
    "group1-shard2of2.bin",
    "shards/group1-shard1of2.bin",
  ]);
  expect(await parts("m.safetensors.index.json")).toEqual(["m.safetensors.index.json", "m-1.safetensors"]);
  for (const name of ["out.safetensors.index.json", "half.json", "none.json"]) {
    expect(await parts(name)).toEqual([name]);
  }
});

test("ONNX models have their external data, whatever it is called", async () => {
  const model = path.join(fixtures, "onnx/external.onnx");
  const found = (await checkpointParts(model)).map((file) => path.basename(file));
  expect(found).toEqual(["external.onnx", "weights.bin"]);
  expect(await checkpointParts(path.join(fixtures, "onnx/outside.onnx"))).toHaveLength(1);
});
