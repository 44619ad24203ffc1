/** WebGPU on SwiftShader, which comes with Debian's chromium: the same code as on a GPU, on the processor. */
import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { isSoftware } from "../../../src/engine/backends/webgpu.ts";
import { runOnBackend } from "../../support/runOnBackend.ts";
import { expectSameMetrics } from "../../support/sameMetrics.ts";

/** A software GPU on a busy machine needs patience. */
const patience = 300_000;

const options = {
  storage: mkdtempSync(path.join(os.tmpdir(), "selmix-webgpu-")),
  environment: { VK_ICD_FILENAMES: "/usr/lib/chromium/vk_swiftshader_icd.json" },
};

describe("WebGPU", () => {
  it("computes the vectors' gains, and says what it runs on", { timeout: patience }, async () => {
    const { device, worst } = await runOnBackend("webgpu", "vectors", options);
    expect(isSoftware(device)).toBe(true);
    expect(worst).toBeLessThan(1e-5);
  });

  it("tunes to the metrics of the CPU, and its process ends", { timeout: patience }, async () => {
    const [here, there] = await Promise.all([
      runOnBackend("webgpu", "tune", options),
      runOnBackend("cpu", "tune", options),
    ]);
    expect(Math.abs((here.value ?? 0) - (there.value ?? 1))).toBeLessThan(0.005);
  });

  it("tunes the example to the metrics of wasm", { timeout: patience }, async () => {
    await expectSameMetrics("webgpu", "wasm", options);
  });

  it("fails in one sentence when the device goes away, and its process ends", {
    timeout: patience,
  }, async () => {
    const { error } = await runOnBackend("webgpu", "lose", options);
    expect(error).toMatch(/^BackendError: The GPU .* was lost in the middle of the work.*restart the engine/);
  });
});
