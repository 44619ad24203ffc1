/** Only our own files are overwritten: known by their place and by what they hold, and not by what the workspace says. */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { JobContext } from "../../src/engine/job.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { hashFile } from "../../src/files/hash.ts";
import { readRunRecord } from "../../src/project/readRuns.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";
import { rebuild } from "../support/rebuild.ts";

const quick = { "tuning.steps": 20, "tuning.cycle": 10, "tuning.controls": "none" };
const context: JobContext = {
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
};

let workspace: Workspace | null = null;

function open(values: Record<string, unknown>): Workspace {
  workspace = exampleWorkspace({ ...quick, ...values });
  return workspace;
}

function tune({ configuration, folder, checkpoint }: Workspace, more: object = {}) {
  const request = {
    configurationPath: configuration,
    checkpoint,
    trigger: "user" as const,
    workspace: folder,
  };
  return runJob<"tune">({ kind: "tune", request: { ...request, trusted: true, ...more } }, context);
}

afterEach(() => {
  if (workspace) rmSync(workspace.folder, { recursive: true });
  workspace = null;
});

describe("an output that would replace", () => {
  it.each([
    [
      "a table",
      { output: "features/validation.safetensors" },
      "features/validation.safetensors",
      /reads and never/,
    ],
    ["the configuration", { output: "selmix.json" }, "selmix.json", /reads and never/],
    ["a script", { output: "train.py" }, "train.py", /another kind/],
    [
      "another checkpoint",
      { output: "checkpoints/best.safetensors" },
      "checkpoints/best.safetensors",
      /--replace/,
    ],
  ])("%s is refused before anything is done", async (_, values, file, message) => {
    const { folder, checkpoint } = open(values);
    const place = path.join(folder, file);
    if (!existsSync(place)) writeFileSync(place, readFileSync(checkpoint));
    const before = await hashFile(place);
    await expect(tune({ ...(workspace as Workspace) })).rejects.toThrow(message);
    expect(await hashFile(place)).toBe(before);
    expect(existsSync(path.join(folder, ".selmix"))).toBe(false);
  });

  it.each([
    ["a link to the source", symlinkSync],
    ["a second name of the source", linkSync],
    ["a link that leads nowhere", (_: string, place: string) => symlinkSync("../not-there", place)],
    ["a folder", (_: string, place: string) => mkdirSync(place)],
  ])("%s is refused", async (_, put) => {
    const { folder, checkpoint, output } = open({});
    mkdirSync(path.join(folder, "tuned"));
    put(checkpoint, output);
    const before = await hashFile(checkpoint);
    await expect(tune(workspace as Workspace)).rejects.toThrow(/is not what SelMix wrote|leads out/);
    expect(await hashFile(checkpoint)).toBe(before);
    expect(readdirSync(path.join(folder, "tuned"))).toHaveLength(1);
  });
});

it("our own output is replaced, unless somebody else wrote to it since; then when it is said", async () => {
  const { output } = open({});
  await tune(workspace as Workspace);
  const first = readFileSync(output);
  await tune(workspace as Workspace, { seed: 1, objective: "gMean" });
  expect(readFileSync(output).equals(first)).toBe(false);
  writeFileSync(output, first);
  // What we wrote there before is ours as well.
  await tune(workspace as Workspace);
  writeFileSync(output, Buffer.concat([first, Buffer.from("mine")]));
  await expect(tune(workspace as Workspace)).rejects.toThrow(/is not what SelMix wrote/);
  expect(readFileSync(output).subarray(-4).toString()).toBe("mine");
  await tune(workspace as Workspace, { replace: true });
  expect(readFileSync(output).equals(first)).toBe(true);
}, 90_000);

it("a run keeps what it changed, and its copy can be made again, byte for byte", async () => {
  const { folder, checkpoint, output } = open({});
  const { runFolder } = await tune(workspace as Workspace);
  const again = path.join(folder, "tuned/again.safetensors");
  await rebuild(runFolder, again);
  expect(readFileSync(again).equals(readFileSync(output))).toBe(true);
  const kept = readFileSync(path.join(runFolder, "changed.safetensors"));
  expect(kept.length).toBeLessThan(readFileSync(checkpoint).length / 10);
  const moved = path.join(folder, "moved.safetensors");
  renameSync(checkpoint, moved);
  await expect(rebuild(runFolder, again)).rejects.toThrow(/is gone/);
  await rebuild(runFolder, again, { checkpoint: moved });
  writeFileSync(moved, readFileSync(output));
  await expect(rebuild(runFolder, again, { checkpoint: moved })).rejects.toThrow(/another than the run/);
});

it("a command that writes more than tables replaces the tables, and nothing else", async () => {
  const { folder, checkpoint } = open({});
  for (const name of ["train", "validation", "test"]) {
    renameSync(path.join(folder, `features/${name}.safetensors`), path.join(folder, `${name}.safetensors`));
  }
  const tables = Object.fromEntries(
    ["train", "validation", "test"].map((name) => [name, `${name}.safetensors`]),
  );
  const script =
    "cp *.safetensors $0/; mkdir $0/checkpoints; echo hi > $0/checkpoints/log.txt; echo x > $0/train.py";
  writeFileSync(path.join(folder, "train.py"), "mine");
  const settings = JSON.parse(
    readFileSync((workspace as Workspace).configuration, "utf8").replaceAll(/\/\/.*/g, ""),
  );
  settings.features = { ...tables, command: ["sh", "-c", script, "${featuresDir}"] };
  writeFileSync((workspace as Workspace).configuration, JSON.stringify(settings));
  const before = await hashFile(checkpoint);
  await tune(workspace as Workspace);
  expect(await hashFile(checkpoint)).toBe(before);
  expect(readdirSync(path.join(folder, "checkpoints"))).toEqual(["epoch-10.safetensors"]);
  expect(readFileSync(path.join(folder, "train.py"), "utf8")).toBe("mine");
});

it("a result names the tables it was measured on, and none is given where one changed meanwhile", async () => {
  const { folder, configuration, checkpoint } = open({});
  const result = await tune(workspace as Workspace);
  const table = path.join(folder, "features/validation.safetensors");
  const output = result.output ?? "nothing was written";
  const written = readFileSync(output);
  expect(result.tables?.validation).toBe(await hashFile(table));
  const meddling: JobContext = {
    ...context,
    cycle: () => writeFileSync(table, readFileSync(table)),
  };
  const request = {
    configurationPath: configuration,
    checkpoint,
    trigger: "user" as const,
    workspace: folder,
  };
  const tuning = runJob<"tune">({ kind: "tune", request: { ...request, seed: 1 } }, meddling);
  await expect(tuning).rejects.toThrow(/was written to while it was used/);
  expect(readFileSync(output).equals(written)).toBe(true);
});

describe("a run folder that came with the workspace", () => {
  it.each([
    ["runs another command", { features: { command: ["touch", "PWNED"] } }, {}, /another features.command/],
    ["writes elsewhere", { output: "../elsewhere.safetensors" }, {}, /leads out of the workspace/],
    ["reads elsewhere", {}, { checkpoint: "/etc/hostname" }, /none of the workspace/],
    [
      "belongs to another configuration",
      {},
      { configurationPath: "/tmp/selmix.json" },
      /none of the workspace/,
    ],
  ])("and %s is not gone on with", async (_, configuration, record, message) => {
    const { folder } = open({});
    const { runFolder } = await tune(workspace as Workspace);
    const file = path.join(runFolder, "run.json");
    const run = readRunRecord(runFolder);
    const { features, ...others } = configuration as { features?: object };
    const before = run?.configuration as { features: object };
    const changed = { ...before, ...others, features: { ...before.features, ...features } };
    writeFileSync(file, JSON.stringify({ ...run, state: "failed", configuration: changed, ...record }));
    await expect(tune(workspace as Workspace, { resume: runFolder })).rejects.toThrow(message);
    expect(existsSync(path.join(folder, "PWNED"))).toBe(false);
  });
});
