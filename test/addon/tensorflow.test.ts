/** The real @tensorflow/tfjs-node, built by scripts/tensorflow-addon.ts: found, tried, and used from load to save. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { listBackends } from "../../src/engine/backends/index.ts";
import { runOnBackend } from "../support/runOnBackend.ts";
import { expectSameMetrics } from "../support/sameMetrics.ts";
import { wholeWorkspace } from "../support/wholeWorkspace.ts";

const root = path.resolve(import.meta.dirname, "../..");
const storage = mkdtempSync(path.join(os.tmpdir(), "selmix-addon-"));
let packagePath = "";

beforeAll(() => {
  const script = path.join(root, "scripts/tensorflow-addon.ts");
  packagePath = execFileSync(process.execPath, [script], { encoding: "utf8" }).trim();
}, 900_000);

describe("the real TensorFlow addon", () => {
  it("is found at the configured path, tried and timed", async () => {
    const listed = await listBackends({ storage, packagePath });
    const entry = listed.find(({ name }) => name === "tensorflow");
    expect(entry).toMatchObject({ available: true });
    expect(entry?.device).toBeTruthy();
  });

  it("computes the vectors' gains", async () => {
    const { name, worst } = await runOnBackend("tensorflow", "vectors", { storage, packagePath });
    expect(name).toBe("tensorflow");
    expect(worst).toBeLessThan(1e-5);
  });

  it("makes training steps as the equations say, wherever the samples come from", async () => {
    const { worst } = await runOnBackend("tensorflow", "steps", { storage, packagePath });
    expect(worst).toBeLessThan(1e-5);
  });

  it("tunes to the metrics of the CPU", async () => {
    const there = await runOnBackend("tensorflow", "tune", { storage, packagePath });
    const here = await runOnBackend("cpu", "tune", { storage });
    expect(Math.abs((there.value ?? 0) - (here.value ?? 1))).toBeLessThan(0.005);
  });

  it("tunes the example to the metrics of wasm", { timeout: 300_000 }, async () => {
    await expectSameMetrics("tensorflow", "wasm", { storage, packagePath });
  });

  it("tunes the example through the bundle and saves a checkpoint", () => {
    const example = mkdtempSync(path.join(os.tmpdir(), "selmix-example-"));
    cpSync(path.join(root, "examples/fashion-mnist-lt"), example, { recursive: true });
    const tuned = (backend: string) => {
      const output = execFileSync(
        process.execPath,
        [path.join(root, "dist/cli.mjs"), "tune", "--backend", backend, "--steps", "300", "--json"],
        {
          cwd: example,
          encoding: "utf8",
          env: { ...process.env, SELMIX_STORAGE: storage, SELMIX_PACKAGE_PATH: packagePath },
        },
      );
      return result.parse(JSON.parse(output));
    };
    const onTensorflow = tuned("tensorflow");
    expect(onTensorflow.backend.name).toBe("tensorflow");
    expect(existsSync(onTensorflow.output)).toBe(true);
    expect(readFileSync(path.join(onTensorflow.runFolder, "run.json"), "utf8")).toContain('"done"');
    const onWasm = tuned("wasm");
    const difference = onTensorflow.after.validation.minRecall - onWasm.after.validation.minRecall;
    expect(Math.abs(difference)).toBeLessThan(0.005);
  });

  it("tunes a whole convolutional network, which wasm cannot", async () => {
    const workspace = await wholeWorkspace();
    const output = execFileSync(
      process.execPath,
      [path.join(root, "dist/cli.mjs"), "tune", "--config", workspace.configuration, "--json"],
      {
        cwd: workspace.folder,
        encoding: "utf8",
        env: { ...process.env, SELMIX_STORAGE: storage, SELMIX_PACKAGE_PATH: packagePath },
      },
    );
    const onTensorflow = result.parse(JSON.parse(output));
    expect(onTensorflow.backend.name).toBe("tensorflow");
    expect(existsSync(workspace.output)).toBe(true);
    expect(onTensorflow.after.validation.meanRecall).toBeGreaterThan(
      onTensorflow.before.validation.meanRecall,
    );
  });
});

const result = z.object({
  output: z.string(),
  runFolder: z.string(),
  backend: z.object({ name: z.string() }),
  before: z.object({ validation: z.object({ meanRecall: z.number() }) }),
  after: z.object({ validation: z.object({ meanRecall: z.number(), minRecall: z.number() }) }),
});
