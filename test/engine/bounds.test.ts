/**
 * Bounds as evaluate judges them, on tables of which every prediction is given, against values that are counted by hand: what is
 * over nothing, who is in test and not in validation, rows that weigh unlike, another population.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runJob } from "../../src/engine/process/jobs.ts";
import { Random } from "../../src/selmix/random.ts";
import { makeSafetensors, type TensorToWrite } from "../files/makeSafetensors.ts";

const root = mkdtempSync(path.join(os.tmpdir(), "selmix-bounds-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** So many rows of a class and a group, all predicted as one class, each counting for so much. */
interface Rows {
  readonly label: number;
  readonly predicted: number;
  readonly rows: number;
  readonly group?: number;
  readonly weight?: number;
}
const rows = (label: number, predicted: number, count: number, group = 0, weight = 1): Rows => ({
  ...{ label, predicted, rows: count, group, weight },
});
/** Recalls of 90 % of two groups of two classes. */
const good = [0, 1].flatMap((group) => [
  ...[rows(0, 0, 90, group), rows(0, 1, 10, group)],
  ...[rows(1, 1, 90, group), rows(1, 0, 10, group)],
]);

const random = new Random(5);
/** Features of which an identity for a head makes the predictions; no two rows are the same. */
function tableOf(all: readonly Rows[], grouped: boolean): Uint8Array {
  const each = all.flatMap((some) => Array.from({ length: some.rows }, () => some));
  const features = each.flatMap(({ predicted }) =>
    [0, 1, 2].map((k) => (k === predicted ? 4 : 0) + random.uniform()),
  );
  const numbers = (values: number[], dtype: string): TensorToWrite => ({
    dtype,
    shape: [each.length],
    values,
  });
  return makeSafetensors({
    features: { dtype: "F32", shape: [each.length, 3], values: features },
    labels: numbers(
      each.map(({ label }) => label),
      "I64",
    ),
    weights: numbers(
      each.map(({ weight = 1 }) => weight),
      "F32",
    ),
    ...(grouped && {
      groups: numbers(
        each.map(({ group = 0 }) => group),
        "I64",
      ),
    }),
  });
}

interface Situation {
  readonly validation?: readonly Rows[];
  readonly test?: readonly Rows[];
  readonly constraint: object;
  readonly more?: object;
  /** Whether the tables have no groups, or all rows in the same one. */
  readonly groups?: "none" | "one";
}

let made = 0;
function workspaceOf({ validation = good, test = good, constraint, more, groups }: Situation): string {
  const folder = path.join(root, `${made++}`);
  mkdirSync(folder);
  // Class 2 is somewhere, so that all have a name.
  const train = [...good, rows(2, 2, 20, 0), rows(2, 2, 20, 1)];
  const features: Record<string, string> = {};
  for (const [name, all] of Object.entries({ train, validation, test })) {
    features[name] = `${name}.safetensors`;
    writeFileSync(
      path.join(folder, features[name]),
      tableOf(groups === "one" ? all.map((some) => ({ ...some, group: 0 })) : all, groups !== "none"),
    );
  }
  const head = { dtype: "F32", shape: [3, 3], values: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  writeFileSync(path.join(folder, "model.safetensors"), makeSafetensors({ "fc.weight": head }));
  const configuration = {
    ...{ checkpoints: ["model.safetensors"], features, validationMissing: "allow" },
    ...{ objective: "meanRecall", constraints: [constraint] },
    ...more,
  };
  writeFileSync(path.join(folder, "selmix.json"), JSON.stringify(configuration));
  return path.join(folder, "selmix.json");
}

const context = () => ({
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
});

async function judged(situation: Situation) {
  const request = { configurationPath: workspaceOf(situation), checkpoint: null, backend: "cpu" } as const;
  const { constraints } = await runJob<"evaluate">({ kind: "evaluate", ...request }, context());
  const [verdict] = constraints;
  if (!verdict?.test) throw new Error("one bound is judged on both sets");
  return { validation: verdict, test: verdict.test };
}

/** Class 1 in two groups, and in a third that only these have. */
const third = (right: number) => [
  ...good,
  rows(1, 1, right, 2),
  rows(1, 0, 10 - right, 2),
  rows(0, 0, 10, 2),
];
const withoutOne = [rows(0, 0, 90), rows(0, 1, 10), rows(0, 0, 50, 1), rows(1, 1, 40), rows(1, 0, 10)];

describe("what is over nothing, or of nobody, is not judged", () => {
  it.each<[string, Situation, string]>([
    [
      "precision of a class that is never predicted",
      { constraint: { metric: "precision", classes: [2], atLeast: 0.1 } },
      "class 2 is never predicted.",
    ],
    [
      "the same from above",
      { constraint: { metric: "precision", classes: [2], atMost: 0.9 } },
      "class 2 is never predicted.",
    ],
    [
      "a ratio of coverages of a class that is never predicted in any group",
      { constraint: { metric: "coverageRatio", classes: [2], atLeast: 0.1 } },
      "class 2 is never predicted in group 1.",
    ],
    [
      "a ratio of recalls of a class that no group has recognised",
      {
        constraint: { metric: "recallRatio", classes: [1], atLeast: 0.1 },
        validation: [rows(0, 0, 50), rows(1, 0, 50), rows(0, 0, 50, 1), rows(1, 0, 50, 1)],
      },
      "class 1 is never recognised in group 1.",
    ],
    [
      "recall of a class without samples",
      { constraint: { metric: "recall", classes: [2], atLeast: 0.1 } },
      "class 2 has no samples to judge it by.",
    ],
    [
      "recall of a class without samples in a group",
      { constraint: { metric: "groupRecall", classes: [1], atLeast: 0.1 }, validation: withoutOne },
      "class 1 has no samples to judge it by in group 1.",
    ],
    [
      "equalized odds of a class without samples in a group",
      {
        constraint: { metric: "equalizedOddsDifference", classes: [1], atMost: 0.9 },
        validation: withoutOne,
      },
      "class 1 has no samples to judge it by in group 0 or group 1.",
    ],
    [
      "a difference between groups where there is one",
      {
        constraint: { metric: "accuracyDifference", atMost: 0.9 },
        groups: "one",
      },
      "there is only one group, and so nothing to compare.",
    ],
  ])("%s", async (_what, situation, reason) => {
    const { validation } = await judged(situation);
    expect(validation).toMatchObject({ status: "notJudged", satisfied: false, value: null });
    expect(validation.reason).toBe(reason);
  });
});

describe("values are those counted by hand", () => {
  it.each<[string, Situation, number | null, number | null]>([
    [
      "recall difference with a group that only test has",
      { constraint: { metric: "recallDifference", classes: [1], atMost: 0.2 }, test: third(2) },
      null,
      0.9 - 0.2,
    ],
    [
      "recall ratio likewise",
      { constraint: { metric: "recallRatio", classes: [1], atLeast: 0.2 }, test: third(3) },
      null,
      0.3 / 0.9,
    ],
    [
      "equalized odds: the false positives of class 0 are the misses of class 1",
      {
        constraint: { metric: "equalizedOddsDifference", classes: [0], atMost: 0.2 },
        validation: third(5),
        test: third(9),
      },
      0.9 - 0.5,
      0.1,
    ],
    [
      "accuracy difference of rows that weigh unlike",
      {
        constraint: { metric: "accuracyDifference", atMost: 0.9 },
        more: { columns: { weights: "weights" } },
        validation: [rows(0, 0, 50), rows(1, 1, 50, 0, 3), rows(0, 1, 50, 1, 3), rows(1, 1, 50, 1)],
      },
      1 - 50 / 200,
      0,
    ],
    [
      "recall of rows that weigh unlike, whatever group they are of",
      {
        constraint: { metric: "recall", classes: [1], atLeast: 0.1 },
        more: { columns: { weights: "weights" } },
        validation: [rows(0, 0, 50), rows(0, 0, 50, 1), rows(1, 1, 40, 0, 0.5), rows(1, 0, 20, 1, 4)],
      },
      20 / 100,
      0.9,
    ],
    [
      "precision in a population with other shares of the classes",
      {
        constraint: { metric: "precision", classes: [1], atLeast: 0.1 },
        more: { prior: [0.72, 0.18, 0.1] },
        groups: "none",
      },
      (0.9 * 0.2) / (0.9 * 0.2 + 0.1 * 0.8),
      (0.9 * 0.2) / (0.9 * 0.2 + 0.1 * 0.8),
    ],
    [
      "precision of a class that test lacks is that of its predictions: none right",
      {
        constraint: { metric: "precision", classes: [1], atLeast: 0.1 },
        test: [rows(0, 0, 90), rows(0, 1, 10), rows(0, 0, 90, 1)],
      },
      0.9,
      0,
    ],
  ])("%s", async (_what, situation, onValidation, onTest) => {
    const { validation, test } = await judged(situation);
    for (const [judgement, value] of [[validation, onValidation] as const, [test, onTest] as const]) {
      if (value === null) expect(judgement.value).toBeNull();
      else expect(judgement.value).toBeCloseTo(value, 6);
    }
    if (onTest !== null) expect(test.status).not.toBe("notJudged");
  });
});

it("refuses to tune for a difference between groups where there is one", async () => {
  const situation = { constraint: { metric: "accuracyDifference", atMost: 0.9 }, groups: "one" } as const;
  const configurationPath = workspaceOf(situation);
  const request = { configurationPath, checkpoint: null, backend: "cpu", trigger: "user" } as const;
  await expect(runJob<"tune">({ kind: "tune", request }, context())).rejects.toThrow(
    /accuracy difference between groups ≤ 90.%" cannot be judged, because the tables have only one group;/,
  );
});

it("lets a test set that is a copy of validation decide nothing", async () => {
  const constraint = { metric: "recall", classes: [1], atLeast: 0.1 };
  const more = { tuning: { steps: 10, controls: "trainingFree" } };
  const configurationPath = workspaceOf({ constraint, more });
  const place = (name: string) => path.join(path.dirname(configurationPath), `${name}.safetensors`);
  copyFileSync(place("validation"), place("test"));
  const request = { configurationPath, checkpoint: null, backend: "cpu", trigger: "user" } as const;
  const { verdict, before, warnings } = await runJob<"tune">({ kind: "tune", request }, context());
  expect(verdict?.set).toBe("validation");
  expect(before.test?.accuracy).toBeCloseTo(0.9, 9);
  expect(warnings.join()).toContain("All 400 rows of test (test.safetensors) stand in validation");
});
