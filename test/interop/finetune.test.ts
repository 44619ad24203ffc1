/** Runs the fine-tuning script as a user would, on a network and images small enough to take seconds. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { listRunFolders, readGain, readRun } from "../../src/project/readRuns.ts";
import { python, root } from "./environment.ts";

const run = promisify(execFile);
const cli = path.join(root, "dist/cli.mjs");
let workspace = "";
let checkpoint = "";

/** What the user has: a network, a checkpoint of it, and images of three classes, one of them rare. */
const userCode = `
import sys
from pathlib import Path
import torch
from torch import nn

def network():
    torch.manual_seed(1)
    parts = {"conv": nn.Conv2d(1, 4, 3, padding=1), "norm": nn.BatchNorm2d(4), "act": nn.ReLU()}
    parts |= {"pool": nn.AdaptiveAvgPool2d(4), "flat": nn.Flatten(), "fc": nn.Linear(64, 3)}
    return nn.Sequential(__import__("collections").OrderedDict(parts))

def images(counts, seed):
    torch.manual_seed(seed)
    labels = torch.cat([torch.full((count,), k) for k, count in enumerate(counts)])
    return torch.randn(len(labels), 1, 8, 8) + 2 * labels[:, None, None, None] * torch.linspace(-1, 1, 8), labels

def sets(unlabeled):
    all = {"train": images((60, 20, 5), 2), "validation": images((20, 20, 20), 3), "test": images((20, 20, 20), 4)}
    return {**all, "unlabeled": images((10, 20, 30), 5)[0]} if unlabeled else all

if __name__ == "__main__":
    torch.save(network().state_dict(), sys.argv[1])
`;

const load = (unlabeled: boolean) => `def load(checkpoint):
    from user import network, sets

    model = network()
    model.load_state_dict(torch.load(checkpoint, weights_only=True))
    return model, sets(${unlabeled ? "True" : "False"})
`;

beforeAll(async () => {
  workspace = await mkdtemp(path.join(os.tmpdir(), "selmix-finetune-"));
  checkpoint = path.join(workspace, "epoch-3.pt");
  await writeFile(path.join(workspace, "user.py"), userCode);
  await run(python, ["user.py", checkpoint], { cwd: workspace });
  const features = { train: "unused.npz", validation: "unused.npz" };
  const configuration = { checkpoints: ["*.pt"], head: { weight: "fc.weight" }, features };
  await writeFile(path.join(workspace, "selmix.json"), JSON.stringify(configuration));
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

/** Has the script written, with the user's `load` in it. */
async function writeScript(name: string, unlabeled: boolean): Promise<void> {
  const target = path.join(workspace, name);
  const config = path.join(workspace, "selmix.json");
  await run(process.execPath, [
    cli,
    "policy",
    "--script",
    target,
    "--config",
    config,
    "--objective",
    "meanRecall",
  ]);
  const script = await readFile(target, "utf8");
  const adapted = script.replace(/def load\([\s\S]*?\n\n\n/, () => `${load(unlabeled)}\n\n`);
  expect(adapted).toContain("from user import");
  await writeFile(target, adapted);
}

describe.each([
  ["without unlabelled images", false],
  ["with unlabelled images", true],
])("the fine-tuning script %s", (_how, unlabeled) => {
  test("keeps a run that the panels can follow, and writes the tuned checkpoint", async () => {
    const name = `finetune-${unlabeled}.py`;
    await writeScript(name, unlabeled);
    const known = listRunFolders(workspace);
    await run(python, [name, checkpoint, "--steps", "160", "--batch", "32"], {
      cwd: workspace,
    });
    const [folder] = listRunFolders(workspace).filter((one) => !known.includes(one));
    const snapshot = readRun(folder);
    expect(snapshot?.run).toMatchObject({ state: "done", objective: "meanRecall", trainCounts: [60, 20, 5] });
    expect(snapshot?.history.map(({ step }) => step)).toEqual([0, 10, 20, 70, 120, 130, 140, 150, 160]);
    for (const { gainIndex } of snapshot?.history ?? []) {
      const { gain, policy } = readGain(folder, gainIndex ?? -1, 3) ?? {};
      expect(gain?.every(Number.isFinite)).toBe(true);
      // Kept as halves: each to a part in 2048.
      expect(policy?.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 3);
    }
    const { result } = snapshot ?? {};
    expect(result?.output).toBe(path.join(workspace, "tuned/epoch-3.selmix.pt"));
    expect(result?.before.test).not.toBeNull();
    // What an untrained network takes unlabelled images for teaches little, so there it need only be no worse.
    const least = (result?.before.validation.meanRecall ?? 1) + (unlabeled ? 0 : 0.1);
    expect(result?.after.validation.meanRecall).toBeGreaterThanOrEqual(least);
    expect(snapshot?.confusion).not.toBeNull();
  });

  test("moves head and backbone, and leaves batch-norm and the source as they were", async () => {
    const [source, tuned] = [
      await openCheckpoint(checkpoint),
      await openCheckpoint(path.join(workspace, "tuned/epoch-3.selmix.pt")),
    ];
    expect(findHead(tuned, { featureSize: 64, classes: 3 })).toMatchObject({ weight: "fc.weight" });
    expect(tuned.tensors.map(({ name }) => name)).toEqual(source.tensors.map(({ name }) => name));
    if (!unlabeled) expect(await tuned.read("fc.weight")).not.toEqual(await source.read("fc.weight"));
    if (!unlabeled) expect(await tuned.read("conv.weight")).not.toEqual(await source.read("conv.weight"));
    expect(await tuned.read("norm.running_mean")).toEqual(await source.read("norm.running_mean"));
    await source.close();
    await tuned.close();
  });
});

test("a run that is interrupted ends as cancelled", async () => {
  await writeScript("interrupted.py", false);
  const known = listRunFolders(workspace);
  const training = spawn(python, ["interrupted.py", checkpoint], { cwd: workspace });
  training.stdout.once("data", () => training.kill("SIGINT"));
  await once(training, "exit");
  const [folder] = listRunFolders(workspace).filter((one) => !known.includes(one));
  expect(readRun(folder)?.run).toMatchObject({ state: "cancelled", error: null });
});

test("a head of another name is answered with the names that there are", async () => {
  await writeScript("other.py", false);
  const script = await readFile(path.join(workspace, "other.py"), "utf8");
  await writeFile(path.join(workspace, "other.py"), script.replace('HEAD = "fc"', 'HEAD = "classifier"'));
  const known = listRunFolders(workspace).length;
  await expect(run(python, ["other.py", checkpoint], { cwd: workspace })).rejects.toThrow(
    /no linear layer "classifier".*fc/,
  );
  expect(listRunFolders(workspace)).toHaveLength(known);
  expect(existsSync(path.join(workspace, "tuned/other.pt"))).toBe(false);
});
