/** An evaluation, number by number, against scikit-learn, SciPy and NumPy (test/fixtures/make_evaluation.py). */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { runJob } from "../../src/engine/process/jobs.ts";
import type { JobResult } from "../../src/protocol/engine.ts";
import { evaluationCsv } from "../../src/words/evaluationCsv.ts";

const fixtures = path.resolve("test/fixtures/evaluation");
const measured = z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable();
const facts = z.object({
  samples: z.number(),
  accuracy: z.number(),
  confusion: z.array(z.array(z.number())),
  recall: z.array(measured),
  precision: z.array(measured),
  sklearnPrecision: z.array(z.number()),
  f1: z.array(z.number()),
  groupSamples: z.array(z.number()),
  groupAccuracies: z.array(z.number()),
  cells: z.record(z.string(), measured),
  metrics: z.record(z.string(), z.number()),
});
const expected = z
  .object({
    classes: z.array(z.string()),
    groups: z.array(z.string()),
    validation: facts,
    test: facts,
  })
  .parse(JSON.parse(readFileSync(path.join(fixtures, "expected.json"), "utf8")));

let folder: string;
let result: JobResult<"evaluate">;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-evaluate-"));
  cpSync(fixtures, folder, { recursive: true });
  result = await evaluate({
    constraints: [
      { metric: "recallDifference", classes: ["ash"], atMost: 0.9 },
      { metric: "precision", classes: ["date"], atLeast: 0.1 },
      { metric: "accuracy", atLeast: 0.99 },
    ],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function evaluate(goal: object, groups = true): Promise<JobResult<"evaluate">> {
  const configurationPath = path.join(folder, "selmix.json");
  writeFileSync(
    configurationPath,
    JSON.stringify({
      checkpoints: ["model.safetensors"],
      features: {
        train: "train.safetensors",
        validation: "validation.safetensors",
        test: "test.safetensors",
      },
      classes: expected.classes,
      ...(groups && { groups: expected.groups }),
      // The metrics beside are of every cell, however small.
      minimumSupport: 1,
      headClasses: ["beech", "cedar"],
      ...goal,
    }),
  );
  return runJob<"evaluate">(
    { kind: "evaluate", configurationPath, checkpoint: null, backend: "cpu" },
    {
      signal: new AbortController().signal,
      progress: () => undefined,
      cycle: () => undefined,
      program: () => undefined,
    },
  );
}

function expectInterval(ours: z.infer<typeof measured>, theirs: z.infer<typeof measured>): void {
  if (theirs === null) {
    expect(ours).toBeNull();
    return;
  }
  for (const key of ["value", "low", "high"] as const) expect(ours?.[key]).toBeCloseTo(theirs[key], 8);
}

describe.each(["validation", "test"] as const)("on %s", (set) => {
  const known = expected[set];
  const report = () => {
    const found = result.sets[set];
    if (!found) throw new Error(`no ${set}`);
    return found;
  };

  it("counts every row, and gives recall, precision, F1 and the confusion of each class", () => {
    const { samples, classes, confusion, metrics } = report();
    expect(samples).toBe(known.samples);
    expect(metrics.accuracy?.value).toBeCloseTo(known.accuracy, 12);
    expect(confusion).toEqual({
      rows: expected.classes,
      columns: expected.classes,
      counts: known.confusion,
    });
    expect(classes.map((one) => one.class)).toEqual(expected.classes);
    for (const [k, one] of classes.entries()) {
      expectInterval(one.recall, known.recall[k] ?? null);
      expectInterval(one.precision, known.precision[k] ?? null);
      expect(one.precision?.value ?? 0).toBeCloseTo(known.sklearnPrecision[k] ?? Number.NaN, 12);
      expect(one.f1).toBeCloseTo(known.f1[k] ?? Number.NaN, 12);
    }
  });

  it("gives recall and coverage of head and of tail classes, by the classes that are said to be head", () => {
    const rows = known.confusion;
    const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
    const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length;
    const recallOf = (k: number) => (rows[k]?.[k] ?? 0) / sum(rows[k] ?? []);
    const coverageOf = (k: number) => sum(rows.map((row) => row[k] ?? 0)) / known.samples;
    for (const [side, places] of Object.entries({ head: [1, 2], tail: [0, 3] })) {
      const [recall, coverage] = ["Recall", "Coverage"].map((of) =>
        report().sides.find(({ metric }) => metric === `${side}${of}`),
      );
      expect(recall?.value?.value).toBeCloseTo(mean(places.map(recallOf)), 12);
      expect(coverage?.value?.value).toBeCloseTo(mean(places.map(coverageOf)), 12);
      for (const one of [recall, coverage]) {
        expect(one?.classes).toEqual(places.map((k) => expected.classes[k]));
        expect(one?.value?.low).toBeLessThan(one?.value?.value ?? 0);
        expect(one?.value?.high).toBeGreaterThan(one?.value?.value ?? 1);
      }
      expect(recall?.samples).toBe(sum(places.map((k) => sum(rows[k] ?? []))));
      expect(coverage?.samples).toBe(known.samples);
    }
  });

  it("gives every metric of groups with its samples and an interval around it", () => {
    const { groups } = report();
    const byName = new Map(groups?.metrics.map((one) => [one.metric, one]));
    expect([...byName.keys()].sort()).toEqual(Object.keys(known.metrics).sort());
    for (const [metric, value] of Object.entries(known.metrics)) {
      const one = byName.get(metric);
      expect(one?.value, metric).toBeCloseTo(value, 10);
      expect(one?.low).toBeLessThanOrEqual(value + 1e-9);
      expect(one?.high).toBeGreaterThanOrEqual(value - 1e-9);
      expect(one?.samples).toHaveLength(one?.groups.length ?? -1);
      expect(one?.samples.every((count) => count > 0)).toBe(true);
    }
    expect(groups?.accuracy.map(({ samples }) => samples)).toEqual(known.groupSamples);
    for (const [g, one] of (groups?.accuracy ?? []).entries())
      expect(one.accuracy?.value).toBeCloseTo(known.groupAccuracies[g] ?? Number.NaN, 12);
    for (const one of groups?.recall ?? [])
      expectInterval(one.recall, known.cells[`${one.class} / ${one.group}`] ?? null);
  });

  it("says the same as a table", () => {
    const rows = evaluationCsv(result)
      .trimEnd()
      .split("\r\n")
      .map((line) => line.split(","));
    const [head = [], ...body] = rows;
    const at = (name: string) => head.indexOf(name);
    for (const [k, name] of expected.classes.entries()) {
      const row = body.find((one) => one[0] === set && one[at("class")] === name && one[at("group")] === "");
      expect(row?.slice(at("predicted as ash"))).toEqual(known.confusion[k]?.map(String));
      expect(Number(row?.[at("F1")])).toBeCloseTo(known.f1[k] ?? Number.NaN, 12);
      expect(Number(row?.[at("recall")])).toBeCloseTo(known.recall[k]?.value ?? Number.NaN, 12);
    }
    expect(body.every((row) => row.length === head.length)).toBe(true);
  });
});

it("judges the bounds: one holds, one is missed, one of what is never predicted is not judged", () => {
  expect(result.constraints.map(({ metric, status }) => [metric, status])).toEqual([
    ["recallDifference", "holds"],
    ["precision", "notJudged"],
    ["accuracy", "missed"],
  ]);
  expect(result.constraints[2]?.test?.value).toBeCloseTo(expected.test.accuracy, 12);
});

it("says which class has no samples in which group of the test set", () => {
  const difference = result.sets.test?.groups?.metrics.find(({ metric }) => metric === "recallDifference");
  expect(difference?.unmeasured).toMatch(/cedar has no samples .* in .*south/);
  const ratio = result.sets.test?.groups?.metrics.find(({ metric }) => metric === "coverageRatio");
  expect(ratio?.unmeasured).toMatch(/^date is never predicted in (north|south)\.$/);
});

it("groups change no number of a class", async () => {
  const plain = mkdtempSync(path.join(os.tmpdir(), "selmix-plain-"));
  cpSync(fixtures, plain, { recursive: true });
  for (const role of ["train", "validation", "test"]) {
    const file = path.join(plain, `${role}.safetensors`);
    const bytes = readFileSync(file);
    // A name of the same length: the array is still there, and no groups any more.
    writeFileSync(file, Buffer.from(bytes.toString("latin1").replace('"groups"', '"grOUPs"'), "latin1"));
  }
  const kept = folder;
  folder = plain;
  const without = await evaluate({}, false);
  folder = kept;
  rmSync(plain, { recursive: true, force: true });
  expect(without.warnings).toEqual([expect.stringContaining("grOUPs")]);
  for (const set of ["validation", "test"] as const) {
    expect(without.sets[set]?.groups).toBeNull();
    expect(without.sets[set]?.classes).toEqual(result.sets[set]?.classes);
    expect(without.sets[set]?.confusion).toEqual(result.sets[set]?.confusion);
    expect(result.sets[set]?.metrics).toMatchObject(without.sets[set]?.metrics ?? { none: true });
  }
});
