/** A tune of so many classes that neither C nor G is held whole: it gains what it says, and its run can be read and used like any. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { policyJob } from "../../src/engine/policy/policyJob.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { readRun } from "../../src/project/readRuns.ts";
import type { TuneResult } from "../../src/protocol/records.ts";
import { isLarge } from "../../src/selmix/confusion/matrix.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { blobProblem } from "../selmix/blobs.ts";

const [classes, size] = [1500, 12];
const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-thousands-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const problem = blobProblem({
  ...{ classes, size, validationPerBucket: 3 },
  trainCounts: Array.from({ length: classes }, (_, k) => Math.max(3, Math.round(60 / (1 + k / 50)))),
});

function write(name: string, { rows, buckets }: typeof problem.train): void {
  const values = new Float32Array(rows.count * rows.size);
  rows.read(0, rows.count, values, 0);
  const tensors = {
    features: { dtype: "F32", shape: [rows.count, size], values: [...values] },
    labels: { dtype: "I64", shape: [rows.count], values: [...buckets] },
  };
  writeFileSync(path.join(folder, `${name}.safetensors`), makeSafetensors(tensors));
}

const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
};

let result: TuneResult;
beforeAll(async () => {
  write("train", problem.train);
  write("validation", problem.validation);
  const { weight, bias } = problem.head;
  const head = {
    "head.weight": { dtype: "F32", shape: [classes, size], values: [...weight] },
    "head.bias": { dtype: "F32", shape: [classes], values: [...(bias ?? [])] },
  };
  writeFileSync(path.join(folder, "model.safetensors"), makeSafetensors(head));
  const configurationPath = path.join(folder, "selmix.json");
  const configuration = {
    checkpoints: ["model.safetensors"],
    features: { train: "train.safetensors", validation: "validation.safetensors" },
    objective: "meanRecall",
    tuning: { steps: 100 },
  };
  writeFileSync(configurationPath, JSON.stringify(configuration));
  const request = { configurationPath, checkpoint: null, backend: "native", trigger: "user" } as const;
  result = await runJob<"tune">({ kind: "tune", request }, context);
}, 120_000);

test("the objective rises, and by what the predictions of the run's own head come to", () => {
  expect(isLarge(classes, classes)).toBe(true);
  const trained = result.trained?.evaluation ?? result.after;
  expect(trained.validation.meanRecall).toBeGreaterThan(result.before.validation.meanRecall ?? 1);
  const { recall, support } = result.after.validation;
  expect(recall).toHaveLength(classes);
  expect(support).toEqual(new Array(classes).fill(3));
  const mean = recall.reduce<number>((sum, one) => sum + (one ?? 0), 0) / classes;
  expect(result.after.validation.meanRecall).toBeCloseTo(mean, 12);
});

test("cycles are drawn by pairs with a gain, which the run does not keep", () => {
  const run = readRun(result.runFolder);
  const trained = run?.history.filter(({ measuredChange }) => measuredChange !== null) ?? [];
  expect(trained.length).toBeGreaterThan(2);
  for (const { positiveGains, predictedChange, gainIndex } of trained) {
    expect(positiveGains).toBeGreaterThan(classes);
    expect(predictedChange).toBeGreaterThan(0);
    expect(gainIndex).toBeNull();
  }
  const [first, last] = [trained.at(0)?.objective ?? 1, trained.at(-1)?.objective ?? 0];
  expect(last).toBeGreaterThan(first);
});

test("a policy is refused in a sentence, for all of its pairs would be its answer", async () => {
  const [steering, head] = ["validation", "model"].map((name) => path.join(folder, `${name}.safetensors`));
  const answer = policyJob({ steering: steering ?? "", head: head ?? "" });
  await expect(answer).rejects.toThrow("A policy over 1500 classes has too many pairs to be answered");
});

test("what was taken for what is kept by its cells", () => {
  const { confusion } = readRun(result.runFolder) ?? {};
  const counts = confusion?.afterValidation;
  expect(counts?.reduce((sum, count) => sum + count, 0)).toBe(3 * classes);
  const right = [...(counts ?? [])].filter((_, at) => at % (classes + 1) === 0);
  expect(right.map((count) => count / 3)).toEqual(result.after.validation.recall);
});
