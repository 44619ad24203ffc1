import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkpointMatcher, listCheckpoints, newestCheckpoint } from "../../src/project/checkpointFiles.ts";
import { loadProject, type Project } from "../../src/project/load.ts";
import { outputPath } from "../../src/project/paths.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), "selmix-project-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function project(change: object = {}): Project {
  const configuration = {
    checkpoints: ["checkpoints/**/*.safetensors"],
    features: { train: "t", validation: "v" },
    ...change,
  };
  const file = path.join(folder, "selmix.json");
  writeFileSync(file, JSON.stringify(configuration));
  return loadProject(file);
}

function put(name: string, age: number): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, "x");
  utimesSync(file, 1e9 - age, 1e9 - age);
  return file;
}

const names = (current: Project) =>
  listCheckpoints(current).map((found) => path.relative(folder, found.path));

it("lists what the globs name, newest first", () => {
  put("checkpoints/a.safetensors", 3);
  put("checkpoints/deep/er/b.safetensors", 1);
  put("checkpoints/note.txt", 0);
  put("elsewhere/c.safetensors", 0);
  expect(names(project())).toEqual(["checkpoints/deep/er/b.safetensors", "checkpoints/a.safetensors"]);
  expect(newestCheckpoint(project())).toMatch(/b\.safetensors$/);
});

it("never reaches our own outputs, even beside the checkpoints", () => {
  const current = project({
    checkpoints: ["**/*.safetensors"],
    output: "checkpoints/${checkpointName}-tuned${checkpointExt}",
  });
  const source = put("checkpoints/a.safetensors", 5);
  const output = outputPath(folder, current.configuration.output, source, "minRecall");
  put(path.relative(folder, output), 0);
  put(".selmix/runs/x/head.safetensors", 0);
  expect(names(current)).toEqual(["checkpoints/a.safetensors"]);
  expect(checkpointMatcher(current).isOurs(output)).toBe(true);
});

it("keeps an ending of several parts whole in the output's name", () => {
  const output = (checkpoint: string) =>
    outputPath("/w", "tuned/${checkpointName}.selmix${checkpointExt}", checkpoint, "minRecall");
  expect(output("/w/model_best.pth.tar")).toBe("/w/tuned/model_best.selmix.pth.tar");
  expect(output("/w/run.2/last.weights.h5")).toBe("/w/tuned/last.selmix.weights.h5");
});

it("takes single files and several globs, each file once", () => {
  put("model.pt", 1);
  put("runs/1/last.pt", 2);
  expect(names(project({ checkpoints: ["model.pt", "*.pt", "runs/*/last.pt"] }))).toEqual([
    "model.pt",
    "runs/1/last.pt",
  ]);
});

it("tells how deep to look", () => {
  const { folders } = checkpointMatcher(
    project({ checkpoints: ["a/*.pt", "b/**/*.pt", "c/*/d/*.pt", "e.pt"] }),
  );
  expect(folders.map(({ path: root, depth }) => [path.relative(folder, root), depth])).toEqual([
    ["a", 0],
    ["b", Number.POSITIVE_INFINITY],
    ["c", 2],
    ["", 0],
  ]);
});

it("does not follow links out of the workspace", () => {
  const outside = mkdtempSync(path.join(os.tmpdir(), "selmix-outside-"));
  writeFileSync(path.join(outside, "far.safetensors"), "x");
  mkdirSync(path.join(folder, "checkpoints"));
  symlinkSync(path.join(outside, "far.safetensors"), path.join(folder, "checkpoints/link.safetensors"));
  const current = project();
  expect(names(current)).toEqual([]);
  expect(listCheckpoints({ ...current, allowOutside: true })).toHaveLength(1);
  symlinkSync(outside, path.join(folder, "data"));
  expect(() => project({ features: { train: "data/t", validation: "v" } })).toThrow(/workspace/);
  rmSync(outside, { recursive: true });
});

it("says what to do when nothing matches", () => {
  expect(() => newestCheckpoint(project())).toThrow(/No checkpoint matches .*"checkpoints"/);
});
