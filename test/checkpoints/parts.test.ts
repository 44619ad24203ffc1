import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { checkpointParts } from "../../src/checkpoints/parts.ts";

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "parts-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  return folder;
}

const parts = async (folder: string, name: string) =>
  (await checkpointParts(path.join(folder, name))).map((file) => path.relative(folder, file));

test("most checkpoints are one file", async () => {
  const folder = folderWith({ "a.pt": "", "a.pt.data": "" });
  expect(await parts(folder, "a.pt")).toEqual(["a.pt"]);
});

test("TF.js models and sharded safetensors have their shards", async () => {
  const folder = folderWith({
    "model.json": JSON.stringify({
      weightsManifest: [{ paths: ["group1-shard2of2.bin", "group1-shard1of2.bin"] }],
    }),
    "m.safetensors.index.json": JSON.stringify({
      weight_map: { a: "m-1.safetensors", b: "m-1.safetensors" },
    }),
    "half.json": '{"weightsManifest": [',
  });
  expect(await parts(folder, "model.json")).toEqual([
    "model.json",
    "group1-shard1of2.bin",
    "group1-shard2of2.bin",
  ]);
  expect(await parts(folder, "m.safetensors.index.json")).toEqual([
    "m.safetensors.index.json",
    "m-1.safetensors",
  ]);
  expect(await parts(folder, "half.json")).toEqual(["half.json"]);
});

test("ONNX models have their external data", async () => {
  const folder = folderWith({ "m.onnx": "", "m.onnx.data": "", "m.onnx_data_1": "", "other.onnx.data": "" });
  expect(await parts(folder, "m.onnx")).toEqual(["m.onnx", "m.onnx.data", "m.onnx_data_1"]);
});
