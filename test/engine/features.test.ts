import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { JobContext } from "../../src/engine/job.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import type { JobProgress } from "../../src/protocol/engine.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-make-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const context = (seen: JobProgress[] = []): JobContext => ({
  signal: new AbortController().signal,
  progress: (progress) => seen.push(progress),
  cycle: () => undefined,
  program: () => undefined,
});

/** A configuration whose features are made by a command, which counts how often in the file "seen". */
function withCommand(checkpoints: string): string {
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
  const configurationPath = path.join(folder, "selmix.json");
  const configuration = {
    checkpoints: [checkpoints],
    features: {
      train: "features/train.safetensors",
      validation: "features/validation.safetensors",
      command: [process.execPath, "export.cjs", "${checkpoint}", "${featuresDir}"],
    },
  };
  writeFileSync(configurationPath, JSON.stringify(configuration));
  return configurationPath;
}

const head = (first: number) =>
  makeSafetensors({ "fc.weight": { dtype: "F32", shape: [2, 2], values: [first, 0, 0, 1] } });
const timesMade = () => readFileSync(path.join(folder, "seen"), "utf8").trim().split(" ").length;

it("makes the features of a checkpoint by features.command before it evaluates, once", async () => {
  const configurationPath = withCommand("c.safetensors");
  const checkpoint = path.join(folder, "c.safetensors");
  writeFileSync(checkpoint, head(1));
  const seen: JobProgress[] = [];
  for (const _ of [1, 2]) {
    const result = await runJob(
      { kind: "evaluate", configurationPath, checkpoint, trusted: true },
      context(seen),
    );
    expect(result.evaluation.validation.accuracy).toBe(1);
  }
  expect(seen).toContainEqual(
    expect.objectContaining({ phase: "features", message: "exporting 1/2", step: 1 }),
  );
  expect(timesMade()).toBe(1);
  expect(readFileSync(path.join(folder, ".selmix", "features.log"), "utf8")).toContain("exporting");
});

it("makes them anew when a shard changes under the same index, and not when it is written again as it was", async () => {
  const configurationPath = withCommand("c.safetensors.index.json");
  const checkpoint = path.join(folder, "c.safetensors.index.json");
  const shard = path.join(folder, "c-1.safetensors");
  writeFileSync(checkpoint, JSON.stringify({ weight_map: { "fc.weight": "c-1.safetensors" } }));
  const request = { kind: "evaluate", configurationPath, checkpoint, trusted: true } as const;
  const made: number[] = [];
  for (const first of [1, 1, 2]) {
    writeFileSync(shard, head(first));
    await runJob(request, context());
    made.push(timesMade());
  }
  expect(made).toEqual([1, 1, 2]);
});
