import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { JobContext } from "../../src/engine/job.ts";
import { runJob } from "../../src/engine/jobs.ts";
import type { JobProgress } from "../../src/protocol/engine.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-make-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("makes the features of a checkpoint by features.command before it evaluates, once", async () => {
  for (const [at, name] of ["train", "validation"].entries()) {
    const table = makeSafetensors({
      features: { dtype: "F32", shape: [4, 2], values: [1, 0, 0, 1, 2 + at, 0, 0, 2 + at] },
      labels: { dtype: "I64", shape: [4], values: [0, 1, 0, 1] },
    });
    writeFileSync(path.join(folder, name), table);
  }
  const script = `const fs = require("fs"); console.log("exporting 1/2");
    for (const name of ["train", "validation"]) fs.copyFileSync(name, process.argv[3] + "/" + name + ".safetensors");
    fs.appendFileSync("seen", fs.readFileSync(process.argv[2]).length + " ");`;
  writeFileSync(path.join(folder, "export.cjs"), script);
  const checkpoint = path.join(folder, "c.safetensors");
  writeFileSync(
    checkpoint,
    makeSafetensors({ "fc.weight": { dtype: "F32", shape: [2, 2], values: [1, 0, 0, 1] } }),
  );
  const configurationPath = path.join(folder, "selmix.json");
  const configuration = {
    checkpoints: ["c.safetensors"],
    features: {
      train: "features/train.safetensors",
      validation: "features/validation.safetensors",
      command: [process.execPath, "export.cjs", "${checkpoint}", "${featuresDir}"],
    },
  };
  writeFileSync(configurationPath, JSON.stringify(configuration));
  const seen: JobProgress[] = [];
  const context: JobContext = {
    signal: new AbortController().signal,
    progress: (progress) => seen.push(progress),
    cycle: () => undefined,
    program: () => undefined,
  };
  for (const _ of [1, 2]) {
    const result = await runJob({ kind: "evaluate", configurationPath, checkpoint, trusted: true }, context);
    expect(result.evaluation.validation.accuracy).toBe(1);
  }
  expect(seen).toContainEqual(
    expect.objectContaining({ phase: "features", message: "exporting 1/2", step: 1 }),
  );
  expect(readFileSync(path.join(folder, "seen"), "utf8").trim().split(" ")).toHaveLength(1);
  expect(readFileSync(path.join(folder, ".selmix", "features.log"), "utf8")).toContain("exporting");
});
