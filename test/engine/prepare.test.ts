import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Prepared, prepare } from "../../src/engine/problem/prepare.ts";
import { loadProject } from "../../src/project/load.ts";
import { classCounts } from "../../src/selmix/heads/logitAdjustment.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

let folder: string;
const open: Prepared[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-prepare-"));
});
afterEach(async () => {
  for (const prepared of open.splice(0)) await prepared.close();
  rmSync(folder, { recursive: true, force: true });
});

const nameOf = (bucket: object) => ("name" in bucket ? bucket.name : null);

interface Table {
  readonly labels?: readonly number[];
  readonly groups?: readonly number[];
  readonly size?: number;
  readonly values?: (row: number) => number;
}

/** A file whose first tensor holds exactly these numbers, NaN and infinity among them. */
function fileOf(tensors: Parameters<typeof makeSafetensors>[0], first: readonly number[]): Uint8Array {
  const bytes = Buffer.from(makeSafetensors(tensors));
  const start = 8 + Number(bytes.readBigUInt64LE());
  for (const [at, value] of first.entries()) bytes.writeFloatLE(value, start + 4 * at);
  return bytes;
}

function writeTable(name: string, { labels = [], groups, size = 2, values = (row) => row }: Table): void {
  const count = labels.length;
  const features = Array.from({ length: count * size }, (_, at) => values(Math.floor(at / size)));
  const tensors = {
    features: { dtype: "F32", shape: [count, size], values: features.map(() => 0) },
    ...(count > 0 && { labels: { dtype: "I64", shape: [count], values: labels } }),
    ...(groups && { groups: { dtype: "I32", shape: [count], values: groups } }),
  };
  writeFileSync(path.join(folder, `${name}.safetensors`), fileOf(tensors, features));
}

interface Setting {
  readonly train?: Table;
  readonly validation?: Table;
  readonly test?: Table;
  readonly weight?: readonly number[];
  readonly configuration?: object;
}

/** Three classes of two features, unless told otherwise. */
async function prepared(setting: Setting = {}): Promise<Prepared> {
  const labels = [0, 1, 2, 0, 1, 2];
  writeTable("train", { labels, ...setting.train });
  writeTable("validation", { labels, ...setting.validation });
  if (setting.test) writeTable("test", { labels, ...setting.test });
  const weight = setting.weight ?? [1, 2, 3, 4, 5, 6];
  const head = {
    "fc.weight": { dtype: "F32", shape: [weight.length / 2, 2], values: weight.map(() => 0) },
    "fc.bias": { dtype: "F32", shape: [weight.length / 2], values: weight.slice(weight.length / 2) },
  };
  const checkpoint = path.join(folder, "c.safetensors");
  writeFileSync(checkpoint, fileOf(head, weight));
  const configuration = {
    checkpoints: ["c.safetensors"],
    features: {
      train: "train.safetensors",
      validation: "validation.safetensors",
      ...(setting.test && { test: "test.safetensors" }),
    },
    ...setting.configuration,
  };
  const file = path.join(folder, "selmix.json");
  writeFileSync(file, JSON.stringify(configuration));
  const result = await prepare(loadProject(file), checkpoint);
  open.push(result);
  return result;
}

it("classes are referred to by the names that the checkpoint's own description has", async () => {
  const id2label = { 0: "nevus", 1: "melanoma", 2: "other" };
  writeFileSync(path.join(folder, "config.json"), JSON.stringify({ id2label }));
  const bound = (name: string) => ({
    configuration: {
      constraints: [{ metric: "recall", classes: [name], atLeast: 0.1 }],
      headClasses: ["nevus"],
    },
  });
  const { constraints, isHead } = await prepared(bound("melanoma"));
  expect(constraints[0]?.classes).toEqual([1]);
  expect(isHead).toEqual([true, false, false]);
  await expect(prepared(bound("melanomas"))).rejects.toThrow(
    /no class "melanomas"; did you mean "melanoma"\?/,
  );
  rmSync(path.join(folder, "config.json"));
  await expect(prepared(bound("melanoma"))).rejects.toThrow(/no class "nevus"; the classes are class 0/);
});

describe("a problem from files", () => {
  it("has a bucket for each class", async () => {
    const { problem, classes, trainCounts, warnings } = await prepared();
    expect(problem.buckets).toMatchObject([
      { label: 0, group: null, name: "class 0" },
      { label: 1, group: null },
      { label: 2, group: null },
    ]);
    expect(classes).toHaveLength(3);
    expect(trainCounts).toEqual([2, 2, 2]);
    expect(warnings).toEqual([]);
  });

  const groups = [0, 0, 0, 1, 1, 0];
  const inGroups = (configuration: object): Setting => ({
    train: { groups: [0, 0, 0, 1, 1, 1] },
    validation: { groups },
    test: { groups: [0, 0, 0, 1, 1, 1], labels: [0, 1, 2, 0, 1, 2] },
    configuration: { groups: ["young", "old"], classes: ["a", "b", "c"], ...configuration },
  });

  it("steers classes and reports classes within groups, where the goal is not about groups", async () => {
    const { problem, test, cells, warnings } = await prepared(inGroups({}));
    expect(problem.buckets).toMatchObject([{ name: "a" }, { name: "b" }, { name: "c" }]);
    expect([...problem.train.buckets]).toEqual([0, 1, 2, 0, 1, 2]);
    expect(cells.map(({ name }) => name)).toEqual([
      ...["a / young", "a / old", "b / young", "b / old"],
      // Only test has it; none of its rows is left out.
      ...["c / young", "c / old"],
    ]);
    expect([...problem.validation.cells]).toEqual([0, 2, 4, 1, 3, 4]);
    expect([...(test?.cells ?? [])]).toEqual([0, 2, 4, 1, 3, 5]);
    expect(warnings).toEqual([]);
  });

  it.each([{ objective: "minGroupRecall" }, { constraints: [{ metric: "recallDifference", atMost: 0.1 }] }])(
    "has a bucket for each class and group that validation has with %j, holds the others, and counts every row",
    async (goal) => {
      const { problem, cells, test, warnings } = await prepared(inGroups(goal));
      const steered = ["a / young", "a / old", "b / young", "b / old", "c / young"];
      expect(problem.buckets.map(nameOf)).toEqual(steered);
      expect(problem.held?.map(nameOf)).toEqual(["c / old"]);
      expect(cells.map(nameOf)).toEqual([...steered, "c / old"]);
      expect([...problem.train.buckets]).toEqual([0, 2, 4, 1, 3, 5]);
      expect([test?.rows.count, [...(test?.cells ?? [])]]).toEqual([6, [0, 2, 4, 1, 3, 5]]);
      expect(warnings).toEqual([
        expect.stringMatching(/has no sample of c \/ old: nothing steers it, .* seen on test only\.$/),
      ]);
    },
  );

  it.each([{ objective: "minGroupRecall" }, { constraints: [{ metric: "coverageRatio", atLeast: 0.8 }] }])(
    "refuses %j without groups in the tables",
    async (configuration) => {
      await expect(prepared({ configuration })).rejects.toThrow(
        /is about groups, but the feature tables have no/,
      );
    },
  );

  it("keeps the training rows of a class that validation lacks, under a bucket of its own", async () => {
    const { problem, cells, warnings } = await prepared({
      validation: { labels: [0, 2, 0, 2, 2, 2] },
      configuration: { validationMissing: "allow" },
    });
    expect(problem.buckets.map(({ label }) => label)).toEqual([0, 2]);
    expect(problem.held?.map(({ label }) => label)).toEqual([1]);
    expect([...problem.train.buckets]).toEqual([0, 2, 1, 0, 2, 1]);
    expect([...classCounts(problem)]).toEqual([2, 2, 2]);
    expect(cells.map(({ label }) => label)).toEqual([0, 2]);
    expect(warnings).toEqual([expect.stringMatching(/has no sample of class 1: .* is not seen\.$/)]);
  });

  it("says that a class without training samples is never sampled", async () => {
    const { warnings } = await prepared({
      train: { labels: [0, 1, 0, 1, 0, 1] },
      configuration: { classes: ["a", "b", "c"] },
    });
    expect(warnings).toEqual([expect.stringContaining("c: never sampled")]);
  });

  it("says that a class is in neither train nor validation", async () => {
    const labels = [0, 1, 0, 1, 0, 1];
    const { warnings } = await prepared({
      train: { labels },
      validation: { labels },
      configuration: { classes: ["a", "b", "c"], validationMissing: "allow" },
    });
    expect(warnings).toEqual([
      "Neither train nor validation has a sample of c: nothing steers or holds it, and what becomes of it is not seen.",
    ]);
  });

  it("takes head classes and constraints by name or index", async () => {
    const { isHead, constraints } = await prepared({
      configuration: {
        classes: ["a", "b", "c"],
        headClasses: ["b", 2],
        constraints: [{ metric: "recall", classes: ["c", 0], atLeast: 0.1 }],
      },
    });
    expect(isHead).toEqual([false, true, true]);
    expect(constraints).toEqual([{ metric: "recall", classes: [2, 0], atLeast: 0.1 }]);
  });
});

describe("bad data", () => {
  it.each<[string, Setting, RegExp]>([
    [
      "a label beyond the head",
      { weight: [1, 2, 3, 4], validation: { labels: [0, 1, 2, 0, 1, 2] } },
      /3 classes/,
    ],
    ["a negative label", { train: { labels: [0, 1, -1, 0, 1, 2] } }, /-1.*row 2/],
    ["tables of different sizes", { validation: { size: 3 } }, /3 features.*2|2 features.*3/],
    [
      "features that no tensor fits",
      { train: { size: 5 }, validation: { size: 5 } },
      /no tensor that fits 5 features/,
    ],
    [
      "a class that validation lacks",
      { validation: { labels: [0, 2, 0, 2, 0, 2] } },
      /class 1.*validationMissing/,
    ],
    ["no labels", { validation: { labels: [] } }, /no rows/],
    ["NaN in features", { train: { values: (row) => (row === 3 ? Number.NaN : row) } }, /NaN.*\[3, 0\]/],
    ["infinity in the head", { weight: [1, 2, Number.POSITIVE_INFINITY, 4, 5, 6] }, /Infinity.*fc\.weight/],
    ["fewer names than labels", { configuration: { classes: ["a", "b"] } }, /only 2 classes/],
    [
      "more names than the head has",
      { configuration: { classes: ["a", "b", "c", "d"] } },
      /4 classes|no tensor that fits/,
    ],
    [
      "impossible coverage",
      { configuration: { constraints: [{ metric: "coverage", atLeast: 0.4 }] } },
      /selmix\.json:1:\d+.*impossible/,
    ],
    [
      "an unknown class",
      { configuration: { constraints: [{ metric: "recall", classes: [7], atLeast: 0.1 }] } },
      /no class 7/,
    ],
    [
      "groups that are compared but not there",
      { configuration: { constraints: [{ metric: "recallGap", atMost: 0.1 }] } },
      /groups/,
    ],
  ])("%s is refused in one sentence", async (_what, setting, message) => {
    await expect(prepared(setting)).rejects.toThrow(message);
  });
});
