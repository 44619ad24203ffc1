/** What the classes are called: as selmix.json says, else as the checkpoint or config.json beside it does. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { classNamesOf } from "../../src/project/classNames.ts";
import { loadProject } from "../../src/project/load.ts";
import { checkpointOf } from "../checkpoints/madeCheckpoint.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-names-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function names(config: object, classes?: string[], own?: string[]): readonly string[] | undefined {
  const configuration = path.join(folder, "selmix.json");
  const features = { train: "t.npz", validation: "v.npz" };
  writeFileSync(configuration, JSON.stringify({ checkpoints: ["*.pt"], features, classes }));
  writeFileSync(path.join(folder, "config.json"), JSON.stringify(config));
  const checkpoint = {
    ...checkpointOf({ "fc.weight": [2, 3] }),
    ...{ path: path.join(folder, "model.safetensors"), format: "safetensors" },
    ...(own && { classNames: own }),
  };
  return classNamesOf(loadProject(configuration), checkpoint)?.names;
}

it("is what selmix.json says before what the checkpoint says before id2label", () => {
  const config = { id2label: { "0": "calm", "1": "storm" } };
  expect(names(config)).toEqual(["calm", "storm"]);
  expect(names(config, undefined, ["no", "yes"])).toEqual(["no", "yes"]);
  expect(names(config, ["a", "b"], ["no", "yes"])).toEqual(["a", "b"]);
});

it.each([
  ["only counts", { id2label: { "0": "LABEL_0", "1": "LABEL_1" } }],
  ["names two alike", { id2label: { "0": "same", "1": "same" } }],
  ["leaves one out", { id2label: { "0": "calm", "2": "storm" } }],
  ["is no record of texts", { id2label: ["calm", "storm"] }],
  ["is not there", {}],
])("is nothing where id2label %s", (_, config) => {
  expect(names(config)).toBeUndefined();
});

it("refuses a multi-label classifier by name", () => {
  const config = { id2label: { "0": "a", "1": "b" }, problem_type: "multi_label_classification" };
  expect(() => names(config)).toThrow(/multi-label.*not tuned yet/);
});
