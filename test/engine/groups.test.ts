/** Fairness between groups, from files to verdicts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runJob } from "../../src/engine/jobs.ts";
import { Random } from "../../src/selmix/random.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-groups-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const [classes, groups] = [
  ["no", "yes"],
  ["young", "old"],
];

/** Two classes that one number tells apart; for the second group it is shifted, so that one threshold is unfair. */
function writeTable(name: string, count: number, seed: number): void {
  const random = new Random(seed);
  const labels = Array.from({ length: count }, () => random.integer(2));
  const members = Array.from({ length: count }, () => random.integer(2));
  const features = labels.flatMap((label, row) => [
    2 * label - 1 + (members[row] ?? 0) + 2 * random.uniform() - 1,
    members[row] ?? 0,
  ]);
  const tensors = {
    features: { dtype: "F32", shape: [count, 2], values: features },
    labels: { dtype: "I64", shape: [count], values: labels },
    groups: { dtype: "I64", shape: [count], values: members },
  };
  writeFileSync(path.join(folder, name), makeSafetensors(tensors));
}

it("bounds the gap between groups and names the pair that is furthest apart", async () => {
  writeTable("train.safetensors", 600, 1);
  writeTable("validation.safetensors", 300, 2);
  const head = {
    "head.weight": { dtype: "F32", shape: [2, 2], values: [-1, 0, 1, 0] },
    "head.bias": { dtype: "F32", shape: [2], values: [0, 0] },
  };
  writeFileSync(path.join(folder, "model.safetensors"), makeSafetensors(head));
  const configuration = {
    checkpoints: ["model.safetensors"],
    features: { train: "train.safetensors", validation: "validation.safetensors" },
    classes,
    groups,
    objective: "meanRecall",
    constraints: [
      { metric: "recallGap", atMost: 0.1 },
      { metric: "equalizedOddsGap", atMost: 0.1 },
      { metric: "coverageRatio", classes: ["yes"], atLeast: 0.8 },
    ],
    tuning: { steps: 400, controls: "trainingFree" },
  };
  const configurationPath = path.join(folder, "selmix.json");
  writeFileSync(configurationPath, JSON.stringify(configuration));
  const result = await runJob<"tune">(
    { kind: "tune", request: { configurationPath, checkpoint: null, backend: "cpu", trigger: "user" } },
    {
      signal: new AbortController().signal,
      progress: () => undefined,
      cycle: () => undefined,
      program: () => undefined,
    },
  );
  expect(result.buckets.map(({ name }) => name)).toEqual([
    "no / young",
    "no / old",
    "yes / young",
    "yes / old",
  ]);
  const gap = ({ validation }: typeof result.before) => {
    const [noYoung = 0, noOld = 0] = validation.recall.map((recall) => recall ?? 0);
    return Math.abs(noYoung - noOld);
  };
  expect(gap(result.before)).toBeGreaterThan(0.3);
  expect(gap(result.after)).toBeLessThan(gap(result.before) / 2);
  // The names of 0.1.0 are accepted; verdicts have those of today.
  expect(result.constraints.map(({ metric }) => metric)).toEqual([
    "recallDifference",
    "equalizedOddsDifference",
    "coverageRatio",
  ]);
  for (const { value, bound, kind, satisfied, status, groups: pair, attribute } of result.constraints) {
    const measured = value ?? Number.NaN;
    expect(satisfied).toBe(kind === "atMost" ? measured <= bound + 1e-9 : measured >= bound - 1e-9);
    expect(status).toBe(satisfied ? "holds" : "missed");
    expect([...pair].sort()).toEqual(["old", "young"]);
    expect(attribute).toBe("group");
  }
  expect(result.controls).toHaveLength(2);
});
