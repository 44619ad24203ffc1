/** `"train": "all"` from selmix.json to the tuned copy, on the backend that is always there. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import type { JobContext } from "../../src/engine/job.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { editText } from "../../src/project/edit.ts";
import { listRunFolders, readRun } from "../../src/project/readRuns.ts";
import type { CycleRecord } from "../../src/protocol/records.ts";
import { useBackend } from "../selmix/backend.ts";
import { rebuild } from "../support/rebuild.ts";
import { type WholeWorkspace, wholeWorkspace } from "../support/wholeWorkspace.ts";

let workspace: WholeWorkspace;
beforeAll(async () => {
  // Nothing native is found here, so that every machine chooses the same.
  process.env.SELMIX_STORAGE = mkdtempSync(path.join(os.tmpdir(), "selmix-none-"));
  await useBackend("cpu");
  rmSync((await wholeWorkspace()).folder, { recursive: true });
}, 60_000);
beforeEach(async () => {
  workspace = await wholeWorkspace();
});
afterEach(() => rmSync(workspace.folder, { recursive: true, force: true }));

interface Heard {
  readonly context: JobContext;
  readonly cycles: CycleRecord[];
}

function listener(onStep: (step: number, stop: () => void) => void = () => undefined): Heard {
  const controller = new AbortController();
  const cycles: CycleRecord[] = [];
  const context: JobContext = {
    signal: controller.signal,
    progress: ({ phase, step }) => phase === "tune" && onStep(step, () => controller.abort()),
    cycle: (_folder, cycle) => cycles.push(cycle),
    program: () => undefined,
  };
  return { context, cycles };
}

function tune(heard = listener(), more: { backend?: string; resume?: string } = {}) {
  const request = { configurationPath: workspace.configuration, checkpoint: null, trigger: "user" as const };
  return runJob<"tune">({ kind: "tune", request: { ...request, trusted: true, ...more } }, heard.context);
}

const theRun = () => readRun(listRunFolders(workspace.folder)[0] ?? "");

/** Changes selmix.json. */
function edit(key: string, value: unknown): void {
  const text = readFileSync(workspace.configuration, "utf8");
  writeFileSync(workspace.configuration, editText(text, [{ path: key.split("."), value }]));
}

async function tensorsOf(file: string): Promise<Map<string, readonly number[]>> {
  const checkpoint = await openCheckpoint(file);
  try {
    const pairs = checkpoint.tensors.map(
      async ({ name }) => [name, [...(await checkpoint.read(name))]] as const,
    );
    return new Map(await Promise.all(pairs));
  } finally {
    await checkpoint.close();
  }
}

describe("a tune of the whole network", () => {
  it("writes the network that it measured, and leaves everything else as it was", async () => {
    edit("tuning.start", "checkpoint");
    edit("tuning.controls", "none");
    const heard = listener();
    const result = await tune(heard);
    await rebuild(result.runFolder, workspace.output);
    expect(result.bestStep).toBeGreaterThan(24);
    const [before, after] = [await tensorsOf(workspace.checkpoint), await tensorsOf(workspace.output)];
    const changed = [...before.keys()].filter((name) => `${before.get(name)}` !== `${after.get(name)}`);
    expect(changed).toEqual([
      ...["conv/kernel", "conv/bias", "norm/gamma", "norm/beta"],
      ...["hidden/kernel", "hidden/bias", "fc/kernel", "fc/bias"],
    ]);
    const evaluated = await runJob<"evaluate">(
      {
        kind: "evaluate",
        configurationPath: workspace.configuration,
        checkpoint: workspace.output,
        trusted: true,
      },
      heard.context,
    );
    expect(evaluated.evaluation).toEqual(result.after);
    expect(theRun()?.history).toEqual(heard.cycles);
    expect(theRun()?.result).toEqual(result);
    expect(heard.cycles.map(({ step }) => step)).toEqual([0, 6, 12, 18, 24, 30, 36, 39, 45]);
    expect(existsSync(path.join(result.runFolder, "state.safetensors"))).toBe(false);
  });

  it("skips backends without the gradients by name, and says that what is left is slow", async () => {
    const { backend } = await tune();
    expect(backend.name).toBe("cpu");
    expect(backend.why).toMatch(
      /slow.*wasm is skipped: it has no Conv2DBackprop\w+, which this network's gradient needs/,
    );
    await expect(tune(listener(), { backend: "wasm" })).rejects.toThrow(
      /The backend wasm cannot be used: it has no Conv2DBackprop/,
    );
  });

  it("leaves nothing on the device", async () => {
    await tune();
    const tensors = tf.memory().numTensors;
    await tune();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("uses unlabelled and augmented images where they are asked for", async () => {
    cpSync(path.join(workspace.folder, "test.safetensors"), path.join(workspace.folder, "more.safetensors"));
    await tune();
    edit("tuning.augment", ["flip", "crop"]);
    await tune();
    edit("features.unlabeled", "features/more.safetensors");
    edit("features.network.data.unlabeled", "more.safetensors");
    await tune();
    const promised = listRunFolders(workspace.folder).map((folder) =>
      readRun(folder)?.history.map(({ predictedChange }) => predictedChange),
    );
    expect(new Set(promised.map(String)).size).toBe(3);
  });
});

describe("a tune of a whole Keras network", () => {
  it("writes the network that it measured, in an archive that is otherwise the same", async () => {
    const checkpoint = path.join(workspace.folder, "images.keras");
    cpSync(path.join(import.meta.dirname, "../fixtures/kerasNetworks/images.keras"), checkpoint);
    edit("checkpoints", ["images.keras"]);
    edit("tuning.start", "checkpoint");
    edit("tuning.controls", "none");
    const heard = listener();
    const result = await tune(heard);
    expect(result.bestStep).toBeGreaterThan(24);
    const tuned = path.join(workspace.folder, "tuned.keras");
    await rebuild(result.runFolder, tuned);
    const [before, after] = [await tensorsOf(checkpoint), await tensorsOf(tuned)];
    const changed = [...before.keys()].filter((name) => `${before.get(name)}` !== `${after.get(name)}`);
    const statistics = (name: string) => /batch_normalization\/vars\/[23]$/.test(name);
    expect(changed).toEqual([...before.keys()].filter((name) => !statistics(name)));
    expect(readFileSync(tuned)).toHaveLength(readFileSync(checkpoint).length);
    const request = { configurationPath: workspace.configuration, checkpoint: tuned, trusted: true };
    const { evaluation } = await runJob<"evaluate">({ kind: "evaluate", ...request }, heard.context);
    expect(evaluation).toEqual(result.after);
  });
});

describe("a run that stopped", () => {
  it("goes on from where it was, to the same network", async () => {
    edit("tuning.controls", "none");
    const whole = await tune();
    await rebuild(whole.runFolder, workspace.output);
    const expected = await tensorsOf(workspace.output);
    rmSync(workspace.output);
    await expect(tune(listener((step, stop) => void (step === 30 && stop())))).rejects.toThrow();
    const folder = listRunFolders(workspace.folder).find((one) => one !== whole.runFolder) ?? "";
    expect(readRun(folder)?.run.state).toBe("cancelled");
    const result = await tune(listener(), { resume: folder });
    await rebuild(folder, workspace.output);
    expect(await tensorsOf(workspace.output)).toEqual(expected);
    expect(result.runFolder).toBe(folder);
    expect(result.after).toEqual(whole.after);
    const steps = (run: string) => readRun(run)?.history.map(({ seconds: _, ...cycle }) => cycle);
    expect(steps(folder)).toEqual(steps(whole.runFolder));
    await expect(tune(listener(), { resume: folder })).rejects.toThrow(/came to its end/);
  });

  it("goes on after kill -9 in the middle", async () => {
    edit("tuning.steps", 120);
    const cli = path.resolve("src/cli.ts");
    const child = spawn(
      process.execPath,
      [cli, "tune", "--config", workspace.configuration, "--backend", "cpu"],
      {
        cwd: workspace.folder,
        stdio: "ignore",
      },
    );
    const ended = new Promise((resolve) => child.once("close", resolve));
    const begun = () => existsSync(path.join(listRunFolders(workspace.folder)[0] ?? "", "state.safetensors"));
    while (!begun() || (theRun()?.history.length ?? 0) < 23)
      await new Promise((wake) => setTimeout(wake, 50));
    child.kill("SIGKILL");
    await ended;
    const died = theRun();
    expect(died?.run.state).toBe("running");
    expect(died?.result).toBeNull();
    let first = -1;
    const heard = listener((step, stop) => {
      if (first < 0) first = step;
      if (step >= first + 30) stop();
    });
    await expect(tune(heard, { resume: died?.runFolder })).rejects.toThrow();
    const cycles = theRun()?.history.map(({ cycle }) => cycle) ?? [];
    expect(first).toBeGreaterThanOrEqual(114);
    expect(cycles).toEqual(cycles.map((_, at) => at));
  });

  it("is not gone on with where nothing was kept, or from another checkpoint", async () => {
    await expect(tune(listener(), { resume: workspace.folder })).rejects.toThrow(/no run folder/);
    await expect(tune(listener((_step, stop) => stop()))).rejects.toThrow();
    const early = listRunFolders(workspace.folder)[0];
    await expect(tune(listener(), { resume: early })).rejects.toThrow(/kept no state/);
    await expect(tune(listener((step, stop) => void (step === 30 && stop())))).rejects.toThrow();
    const later = listRunFolders(workspace.folder).find((folder) => folder !== early);
    const index = readFileSync(workspace.checkpoint, "utf8");
    writeFileSync(workspace.checkpoint, `${index}\n`);
    await expect(tune(listener(), { resume: later })).rejects.toThrow(/is another than when the run began/);
    writeFileSync(workspace.checkpoint, index);
    const shard = path.join(workspace.folder, "weights.bin");
    const weights = readFileSync(shard);
    writeFileSync(
      shard,
      weights.map((byte, at) => (at === 8 ? byte ^ 1 : byte)),
    );
    await expect(tune(listener(), { resume: later })).rejects.toThrow(/is another than when the run began/);
    writeFileSync(shard, weights);
    await expect(tune(listener(), { resume: later })).resolves.toMatchObject({ runFolder: later });
  });
});

describe("a checkpoint whose network cannot be trained here", () => {
  it.each([
    ["c.pt", /c\.pt is PyTorch; have "selmix policy --script" write the training loop/],
    ["c.onnx", /c\.onnx is ONNX; convert it to a TF\.js layers model/],
    ["c.h5", /c\.h5 is Keras HDF5; save it as \.keras with model\.save of Keras 3/],
  ])("%s is refused in one sentence", async (name, sentence) => {
    writeFileSync(path.join(workspace.folder, name), "");
    edit("checkpoints", [name]);
    await expect(tune()).rejects.toThrow(sentence);
    expect(listRunFolders(workspace.folder)).toEqual([]);
  });

  it("says what the configuration lacks", async () => {
    edit("features.network", undefined);
    await expect(tune()).rejects.toThrow(
      /features\.network does not say where they are.*selmix policy --script/,
    );
  });
});
