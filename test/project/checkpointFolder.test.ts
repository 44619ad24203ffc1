import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkpointIn } from "../../src/project/checkpointFolder.ts";
import { configurationSchema } from "../../src/project/configuration.ts";
import type { Project } from "../../src/project/load.ts";

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "folder-"));
  folder = path.join(root, "checkpoint-38");
  mkdirSync(folder);
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (...names: string[]) => {
  for (const name of names) writeFileSync(path.join(folder, name), "");
};
const found = async (project: Project | null = null) =>
  path.relative(folder, await checkpointIn(folder, project));
const naming = (...checkpoints: string[]): Project => ({
  path: path.join(root, "selmix.json"),
  folder: root,
  workspace: root,
  allowOutside: false,
  configuration: configurationSchema.parse({ checkpoints, features: { train: "a", validation: "b" } }),
});

it("takes the model out of what Trainer saves", async () => {
  put("config.json", "trainer_state.json", "tokenizer.json", "vocab.txt", "model.safetensors");
  put("optimizer.pt", "scheduler.pt", "scaler.pt", "rng_state.pth", "rng_state_0.pth", "training_args.bin");
  expect(await found()).toBe("model.safetensors");
});

it("takes the model out of what Accelerate saves", async () => {
  put("pytorch_model.bin", "optimizer.bin", "optimizer_1.bin", "scheduler.bin", "sampler.bin", "scaler.pt");
  expect(await found()).toBe("pytorch_model.bin");
});

it("takes the index of shards, and the model.json of TF.js", async () => {
  put("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
  const map = { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" };
  writeFileSync(
    path.join(folder, "model.safetensors.index.json"),
    JSON.stringify({ metadata: {}, weight_map: map }),
  );
  expect(await found()).toBe("model.safetensors.index.json");
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  put("group1-shard1of1.bin");
  const weightsManifest = [{ paths: ["group1-shard1of1.bin"], weights: [] }];
  writeFileSync(path.join(folder, "model.json"), JSON.stringify({ modelTopology: {}, weightsManifest }));
  expect(await found()).toBe("model.json");
});

it("asks where there are several, unless the configuration names one", async () => {
  put("best.pt", "last.pt");
  await expect(found()).rejects.toThrow(/checkpoint-38 holds several checkpoints, best\.pt, last\.pt; name/);
  expect(await found(naming("*/last.pt"))).toBe("last.pt");
  await expect(found(naming("*/*.pt"))).rejects.toThrow(/several/);
});

it("says so where there is none, and does not look deeper", async () => {
  put("config.json", "optimizer.pt");
  mkdirSync(path.join(folder, "deeper.pt"));
  await expect(found()).rejects.toThrow(/checkpoint-38 is a folder without a checkpoint in it/);
});
