/** Fairness between groups, from files to verdicts. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runJob } from "../../src/engine/process/jobs.ts";
import { Random } from "../../src/selmix/random.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { written } from "../support/written.ts";

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
function writeTable(
  name: string,
  count: number,
  seed: number,
  { grouped = true, missing = false } = {},
): void {
  const random = new Random(seed);
  const labels = Array.from({ length: count }, () => random.integer(2));
  const members = labels.map((label) => {
    const member = random.integer(2);
    return missing && label === 1 ? 0 : member;
  });
  const features = labels.flatMap((label, row) => [
    2 * label - 1 + (members[row] ?? 0) + 2 * random.uniform() - 1,
    members[row] ?? 0,
  ]);
  const tensors = {
    features: { dtype: "F32", shape: [count, 2], values: features },
    labels: { dtype: "I64", shape: [count], values: labels },
    ...(grouped && { groups: { dtype: "I64", shape: [count], values: members } }),
  };
  writeFileSync(path.join(folder, name), makeSafetensors(tensors));
}

/** Tunes the tables that are there. */
async function tune(goal: object) {
  const head = {
    "head.weight": { dtype: "F32", shape: [2, 2], values: [-1, 0, 1, 0] },
    "head.bias": { dtype: "F32", shape: [2], values: [0, 0] },
  };
  writeFileSync(path.join(folder, "model.safetensors"), makeSafetensors(head));
  const configuration = {
    checkpoints: ["model.safetensors"],
    features: {
      train: "train.safetensors",
      validation: "validation.safetensors",
      ...(existsSync(path.join(folder, "test.safetensors")) && { test: "test.safetensors" }),
    },
    classes,
    groups,
    tuning: { steps: 400, controls: "trainingFree" },
    ...goal,
  };
  const configurationPath = path.join(folder, "selmix.json");
  writeFileSync(configurationPath, JSON.stringify(configuration));
  return await runJob<"tune">(
    { kind: "tune", request: { configurationPath, checkpoint: null, backend: "cpu", trigger: "user" } },
    {
      signal: new AbortController().signal,
      progress: () => undefined,
      cycle: () => undefined,
      program: () => undefined,
    },
  );
}

it("bounds the difference between groups and names the pair that is furthest apart", {
  timeout: 300_000,
}, async () => {
  writeTable("train.safetensors", 600, 1);
  writeTable("validation.safetensors", 300, 2);
  const result = await tune({
    objective: "meanRecall",
    constraints: [
      { metric: "recallGap", atMost: 0.1 },
      { metric: "equalizedOddsGap", atMost: 0.1 },
      { metric: "coverageRatio", classes: ["yes"], atLeast: 0.8 },
    ],
  });
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
  for (const {
    value,
    bound,
    kind,
    satisfied,
    status,
    reason,
    groups: pair,
    attribute,
  } of result.constraints) {
    const measured = value ?? Number.NaN;
    const kept = kind === "atMost" ? measured <= bound + 1e-9 : measured >= bound - 1e-9;
    expect(kept ? ["holds", "notJudged"] : ["missed"]).toContain(status);
    expect(satisfied).toBe(status === "holds");
    // 300 rows are few for four cells: what they cannot say is said, with the rows that it takes.
    if (status === "notJudged")
      expect(reason).toMatch(/\b(young|old) has \d+ samples, by which .* needed\.$/);
    expect([...pair].sort()).toEqual(["old", "young"]);
    expect(attribute).toBe("group");
  }
  expect(result.controls).toHaveLength(2);
});

it.each(["minRecall", "macroF1"])(
  "a table's groups change neither the head nor a class metric (%s)",
  async (objective) => {
    const goal = { objective, constraints: [{ metric: "recall", atLeast: 0.6 }] };
    const outcomes = [];
    for (const grouped of [false, true]) {
      writeTable("train.safetensors", 600, 1, { grouped });
      writeTable("validation.safetensors", 300, 2, { grouped });
      writeTable("test.safetensors", 300, 3, { grouped });
      const result = await tune(goal);
      outcomes.push({ result, head: readFileSync(written(result)) });
    }
    const [without, withGroups] = outcomes;
    if (!without || !withGroups) throw new Error("two tunes ran");
    expect(withGroups.head.equals(without.head)).toBe(true);
    expect(without.result.bestStep).toBeGreaterThan(0);
    for (const set of ["validation", "test"] as const) {
      const [plain, grouped] = [without.result.after[set], withGroups.result.after[set]];
      if (!plain || !grouped) throw new Error("both sets were measured");
      const { recall: _recall, support: _support, ...metrics } = plain;
      expect(plain.minGroupRecall).toBeUndefined();
      expect(grouped).toMatchObject(metrics);
      expect(grouped.minGroupRecall).toBe(Math.min(...grouped.recall.map((recall) => recall ?? 1)));
      expect(grouped.recall).toHaveLength(4);
    }
    const [plain, grouped] = [without, withGroups].map(({ result }) => result.constraints[0]);
    expect(plain?.value).toBeCloseTo(grouped?.value ?? Number.NaN, 12);
    expect(plain).toMatchObject({ status: grouped?.status, classes: grouped?.classes });
  },
);

it("does not tick a bound on a pair that validation cannot judge, and test judges what it has", async () => {
  writeTable("train.safetensors", 600, 1);
  writeTable("validation.safetensors", 300, 2, { missing: true });
  writeTable("test.safetensors", 300, 3);
  const goal = {
    objective: "meanRecall",
    constraints: [
      { metric: "recallDifference", classes: ["yes"], atMost: 0.9 },
      { metric: "accuracyDifference", atMost: 1 },
    ],
    tuning: { steps: 20, controls: "none" },
  };
  await expect(tune(goal)).rejects.toThrow(
    /recall difference between groups of yes .* cannot be judged, because validation.safetensors has no sample of yes in old;/,
  );
  const { constraints, verdict, output } = await tune({ ...goal, unjudged: "allow" });
  expect(verdict).toMatchObject({ decision: "cannotTell", reason: "notJudged" });
  expect(output).toBeNull();
  expect(constraints).toMatchObject([
    {
      ...{ status: "notJudged", satisfied: false, value: null, classes: ["yes"], groups: ["young", "old"] },
      reason: "yes has no samples to judge it by in young or old.",
    },
    { status: "holds", satisfied: true, classes: [], attribute: "group" },
  ]);
});
