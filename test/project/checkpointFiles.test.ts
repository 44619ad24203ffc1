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
import { requireAnothers } from "../../src/engine/problem/origin.ts";
import { writeAtomically, writeTogether } from "../../src/files/atomic.ts";
import { checkpointMatcher, listCheckpoints, newestCheckpoint } from "../../src/project/checkpointFiles.ts";
import { loadProject, type Project } from "../../src/project/load.ts";
import { ownGate } from "../../src/project/ownFiles.ts";
import { checkpointName, outputPath } from "../../src/project/paths.ts";

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
  const output = outputPath(current, current.configuration.output, source, "minRecall");
  put(path.relative(folder, output), 0);
  put(".selmix/runs/x/head.safetensors", 0);
  expect(names(current)).toEqual(["checkpoints/a.safetensors"]);
  expect(checkpointMatcher(current).isOurs(output)).toBe(true);
});

it("never takes what another configuration wrote for a checkpoint, whatever its name, until somebody else writes there", async () => {
  put("checkpoints/a.safetensors", 5);
  const other = project({ checkpoints: ["**/*.safetensors"] });
  const output = path.join(folder, "another/best.safetensors");
  await writeAtomically(output, (handle) => handle.writeFile("ours"), { gate: ownGate(false) });
  const [part, index] = ["another/m-1.safetensors", "another/m.safetensors.index.json"];
  await writeTogether(
    [part, index].map((name) => ({
      target: path.join(folder, name),
      write: (handle) => handle.writeFile(name),
    })),
    { gate: ownGate(false) },
  );
  expect(names(other)).toEqual(["checkpoints/a.safetensors"]);
  symlinkSync(output, path.join(folder, "link.safetensors"));
  expect(names(other)).toEqual(["checkpoints/a.safetensors"]);
  await expect(requireAnothers(output)).rejects.toThrow(/SelMix wrote/);

  writeFileSync(output, "theirs");
  const later = Date.now() / 1000 + 1;
  utimesSync(output, later, later);
  expect(names(other).sort()).toEqual([
    "another/best.safetensors",
    "checkpoints/a.safetensors",
    "link.safetensors",
  ]);
  await expect(requireAnothers(output)).resolves.toBeUndefined();
});

const scope = (folder: string, ...checkpoints: string[]) => ({ folder, configuration: { checkpoints } });

it("keeps an ending of several parts whole in the output's name", () => {
  const output = (checkpoint: string) =>
    outputPath(scope("/w", "*"), "tuned/${checkpointName}.selmix${checkpointExt}", checkpoint, "minRecall");
  expect(output("/w/model_best.pth.tar")).toBe("/w/tuned/model_best.selmix.pth.tar");
  expect(output("/w/run.2/last.weights.h5")).toBe("/w/tuned/run.2-last.selmix.weights.h5");
});

it.each([
  // Where all lie in one folder, the file's own name tells them apart.
  [["checkpoints/*.safetensors"], "checkpoints/epoch-10.safetensors", "epoch-10"],
  [["checkpoints/*"], "checkpoints/last.weights.h5", "last"],
  [["../runs/*.pt"], "../runs/epoch=3-step=40.pt", "epoch=3-step=40"],
  // A library's own name for its file says nothing: the folder does.
  [["checkpoint-*/model.safetensors"], "checkpoint-500/model.safetensors", "checkpoint-500"],
  [["out/*/pytorch_model.bin"], "out/checkpoint-38/pytorch_model.bin", "checkpoint-38"],
  [["out/*/*.json"], "out/checkpoint-38/model.safetensors.index.json", "checkpoint-38"],
  [["web/*/model.json"], "web/v1/model.json", "v1"],
  [["runs/**/model.keras"], "runs/a/fold-0/model.keras", "a-fold-0"],
  [["checkpoint-500/*.safetensors"], "checkpoint-500/model.safetensors", "checkpoint-500"],
  [["checkpoint-500/*.pt"], "checkpoint-500/weights.pt", "checkpoint-500-weights"],
  [["*/*.onnx"], "v2/MODEL.onnx", "v2-MODEL"],
  // But where the configuration itself lies beside it, so do the outputs.
  [["model.json"], "model.json", "model"],
  [["*.keras"], "model.keras", "model"],
  // What the configuration leaves open is part of the name.
  [["runs/*/best.pt"], "runs/seed-1/best.pt", "seed-1-best"],
  [["seed-1/best.pt", "seed-2/best.pt"], "seed-2/best.pt", "seed-2-best"],
  [["a/*.pt", "b/*.pt"], "b/epoch-1.pt", "b-epoch-1"],
  [
    ["lightning_logs/*/checkpoints/*.ckpt"],
    "lightning_logs/version_0/checkpoints/last.ckpt",
    "version_0-checkpoints-last",
  ],
  // What it does not name is called by its place in the project, or by its folder.
  [["checkpoints/*.pt"], "other/epoch-10.pt", "other-epoch-10"],
  [["checkpoints/*.pt"], "../elsewhere/epoch-10.pt", "elsewhere-epoch-10"],
  [["checkpoints/*.pt"], "../elsewhere/model.pt", "elsewhere"],
])("with %j, %s is called %s", (checkpoints, file, name) => {
  expect(checkpointName(path.resolve("/w/project", file), scope("/w/project", ...checkpoints))).toBe(name);
});

it("calls no two checkpoints alike that one configuration names", () => {
  const all = ["a", "b"].flatMap((run) =>
    ["x", "y"].flatMap((fold) =>
      ["model", "pytorch_model", "weights", "best", "epoch-1"].flatMap((stem) =>
        [".pt", ".bin", ".safetensors", ".keras"].map((ending) => `${run}/${fold}/${stem}${ending}`),
      ),
    ),
  );
  const outputs = all.map((file) =>
    outputPath(
      scope("/w", "*/*/*"),
      "${checkpointName}${checkpointExt}",
      path.resolve("/w", file),
      "minRecall",
    ),
  );
  expect(new Set(outputs).size).toBe(all.length);
});

it("cuts a long name, and keeps it apart from those that end alike", () => {
  const named = (first: string) =>
    checkpointName(`/w/${first}${"/some-folder".repeat(40)}/epoch-1.pt`, scope("/w", "**/*.pt"));
  expect(named("a").length).toBeLessThan(140);
  expect(named("a")).toContain("-epoch-1-");
  expect(named("a")).not.toBe(named("b"));
});

it("without a configuration it is the file's own name that counts, or its folder's", () => {
  expect(checkpointName("/w/checkpoints/epoch-1.pt", null)).toBe("epoch-1");
  expect(checkpointName("/w/checkpoint-500/model.safetensors", null)).toBe("checkpoint-500");
});

it("takes single files and several globs, each file once", () => {
  put("model.pt", 1);
  put("runs/1/last.pt", 2);
  expect(names(project({ checkpoints: ["model.pt", "*.pt", "runs/*/last.pt"] }))).toEqual([
    "model.pt",
    "runs/1/last.pt",
  ]);
});

it("takes a folder with a model in it as a checkpoint, and writes it as a folder", () => {
  for (const name of ["checkpoint-19", "checkpoint-38"]) {
    const own = path.join(folder, "out", name);
    mkdirSync(own, { recursive: true });
    for (const file of ["model.safetensors", "config.json", "optimizer.pt"])
      writeFileSync(path.join(own, file), "{}");
  }
  const current = project({ checkpoints: ["out/checkpoint-*"] });
  expect(names(current).sort()).toEqual([
    "out/checkpoint-19/model.safetensors",
    "out/checkpoint-38/model.safetensors",
  ]);
  expect(checkpointMatcher(current).folders[0]?.depth).toBe(1);
  const { output, objective } = current.configuration;
  const written = outputPath(
    current,
    output,
    path.join(folder, "out/checkpoint-38/model.safetensors"),
    objective,
  );
  expect(path.relative(folder, written)).toBe(
    path.join("tuned", "checkpoint-38.selmix", "model.safetensors"),
  );
  expect(checkpointMatcher(current).isOurs(written)).toBe(true);
  rmSync(path.join(folder, "out/checkpoint-38/config.json"));
  const plain = outputPath(
    current,
    output,
    path.join(folder, "out/checkpoint-38/model.safetensors"),
    objective,
  );
  expect(path.basename(plain)).toBe("checkpoint-38.selmix.safetensors");
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
