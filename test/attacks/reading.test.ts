/** What a workspace brings along leads nowhere outside of it, also in the parts of its checkpoints. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { chooseCheckpoint } from "../../src/engine/problem/chooseCheckpoint.ts";
import { loadProject } from "../../src/project/load.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

let root = "";
let workspace = "";
const head = { "fc.weight": { dtype: "F32", shape: [2, 2], values: [1, 2, 3, 4] } };
const index = "checkpoints/m.safetensors.index.json";

beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(os.tmpdir(), "selmix-attack-")));
  workspace = path.join(root, "clone");
  mkdirSync(path.join(workspace, "checkpoints"), { recursive: true });
  writeFileSync(path.join(root, "private.safetensors"), makeSafetensors(head));
  writeFileSync(
    path.join(workspace, "selmix.json"),
    JSON.stringify({
      checkpoints: ["checkpoints/*.index.json"],
      features: { train: "t.npz", validation: "v.npz" },
    }),
  );
});
afterEach(() => rmSync(root, { recursive: true }));

const project = (allowOutside = false) =>
  loadProject(path.join(workspace, "selmix.json"), { workspace, allowOutside });
const named = (shard: string) =>
  writeFileSync(
    path.join(workspace, index),
    JSON.stringify({ metadata: {}, weight_map: { "fc.weight": shard } }),
  );

it("a shard that is a link out of the workspace is not read, unless the user allows it", async () => {
  named("shard.safetensors");
  symlinkSync(path.join(root, "private.safetensors"), path.join(workspace, "checkpoints/shard.safetensors"));
  const file = path.join(workspace, index);
  for (const asked of [null, file])
    await expect(chooseCheckpoint(project(), asked)).rejects.toThrow(/leads out of .*through a link/);
  expect(await chooseCheckpoint(project(true), file)).toBe(file);
});

it("a link to a shard within the workspace is read, as those of a cache of models are", async () => {
  mkdirSync(path.join(workspace, "blobs"));
  writeFileSync(path.join(workspace, "blobs/1"), makeSafetensors(head));
  named("shard.safetensors");
  symlinkSync("../blobs/1", path.join(workspace, "checkpoints/shard.safetensors"));
  expect(await chooseCheckpoint(project(), null)).toBe(path.join(workspace, index));
});
