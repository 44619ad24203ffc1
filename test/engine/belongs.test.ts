/** Tables that do not belong to a checkpoint, or to each other, and what is said of them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { prepareTables } from "../../src/engine/problem/checkedTables.ts";
import { loadProject } from "../../src/project/load.ts";
import { Random } from "../../src/selmix/random.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-belongs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Table {
  readonly features: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** Three classes along three axes, one twice as frequent, with noise. */
function table(count: number, seed: number): Table {
  const random = new Random(seed);
  const labels = Array.from({ length: count }, () => [0, 0, 1, 2][random.integer(4)]);
  const features = labels.map((label) =>
    [0, 1, 2].map((k) => (k === label ? 1 : 0) + 1.2 * random.uniform()),
  );
  return { features, labels };
}

/** The tables are written, a head that knows the three axes is put beside them, and what is prepared comes back. */
async function preparedOf(sets: Record<string, Table>, more: { biases?: number[]; same?: string } = {}) {
  for (const [name, { features, labels }] of Object.entries(sets)) {
    const tensors = {
      features: { dtype: "F32", shape: [features.length, 3], values: features.flat() },
      labels: { dtype: "I64", shape: [labels.length], values: labels },
    };
    writeFileSync(path.join(folder, `${name}.safetensors`), makeSafetensors(tensors));
  }
  const head = {
    "fc.weight": { dtype: "F32", shape: [3, 3], values: [4, 0, 0, 0, 4, 0, 0, 0, 4] },
    "fc.bias": { dtype: "F32", shape: [3], values: more.biases ?? [0, 0, 0] },
  };
  const checkpoint = path.join(folder, "model.safetensors");
  writeFileSync(checkpoint, makeSafetensors(head));
  const names = Object.keys(sets).map((name) => [name, `${name}.safetensors`]);
  const features = { ...Object.fromEntries(names), ...(more.same && { test: `${more.same}.safetensors` }) };
  const configurationPath = path.join(folder, "selmix.json");
  writeFileSync(configurationPath, JSON.stringify({ checkpoints: ["model.safetensors"], features }));
  const prepared = await prepareTables(loadProject(configurationPath, {}), checkpoint);
  await prepared.close();
  return prepared;
}

const warningsOf = async (...given: Parameters<typeof preparedOf>) => (await preparedOf(...given)).warnings;

const [train, validation, test] = [table(200, 1), table(100, 2), table(100, 3)];

it("has nothing to say of tables that belong", async () => {
  expect(await warningsOf({ train, validation, test })).toEqual([]);
});

/** Rows of a table by number. */
function rowsOf({ features, labels }: Table, rows: readonly number[]): Table {
  return { features: rows.map((row) => features[row] ?? []), labels: rows.map((row) => labels[row] ?? 0) };
}

const backwards = Array.from({ length: 100 }, (_, row) => 99 - row);

it.each([
  [
    "the same file",
    { train, validation },
    "validation",
    "test (validation.safetensors) is the same table as",
  ],
  ["a copy of train", { train, validation: train }, undefined, "has no row that is not in train"],
  [
    "some of train's rows",
    { train, validation: rowsOf(train, backwards), test },
    undefined,
    "validation (validation.safetensors) has no row that is not in train",
  ],
])("refuses a set that is %s", async (_what, sets, same, sentence) => {
  await expect(warningsOf(sets, same ? { same } : {})).rejects.toThrow(sentence);
});

it.each([
  ["a copy of validation", validation],
  ["rows of validation in another order", rowsOf(validation, backwards)],
  ["some of validation's rows", rowsOf(validation, backwards.slice(0, 40))],
])("says that test is %s, and lets it decide nothing", async (_what, copy) => {
  const { warnings, testIsSeen } = await preparedOf({ train, validation, test: copy });
  expect(warnings).toEqual([
    `All ${copy.labels.length} rows of test (test.safetensors) stand in validation (validation.safetensors) too: what is measured on it says nothing about new samples, and decides nothing; give it rows of its own.`,
  ]);
  expect(testIsSeen).toBe(true);
});

it("refuses no set whose features take so few values that other samples have them too", async () => {
  const coarse = ({ labels }: Table): Table => ({
    labels,
    features: labels.map((label, row) => [0, 1, 2].map((k) => (k === label ? 1 : 0) + (row % 2) / 2)),
  });
  const [told, ...others] = await warningsOf({ train: coarse(train), validation: coarse(validation) });
  expect(others).toEqual([]);
  expect(told).toMatch(/^100 of 100 rows of validation .* stand in train/);
});

it("counts the rows that two sets share", async () => {
  const shared: Table = {
    features: [...validation.features, ...train.features.slice(0, 7)],
    labels: [...validation.labels, ...train.labels.slice(0, 7)],
  };
  expect(await warningsOf({ train, validation: shared, test })).toEqual([
    "7 of 107 rows of validation (validation.safetensors) stand in train (train.safetensors) too, with the same label: what is measured on them is too kind.",
  ]);
});

it("names a row that lies far outside the others", async () => {
  const features = validation.features.map((row, at) => (at === 17 ? row.map((value) => 1000 * value) : row));
  const [told, ...others] = await warningsOf({ train, validation: { ...validation, features }, test });
  expect(others).toEqual([]);
  expect(told).toMatch(
    /^Row 17 of validation \(validation\.safetensors\) lies far outside the others: a norm of 1,\d{3}, against 1\.\d+ of the middle row; /,
  );
});

it("does not take a row with another label for the same", async () => {
  const labels = validation.labels.map((label, row) => (label + 1 + (row % 2)) % 3);
  const told = await warningsOf({ train, validation, test: { ...validation, labels } });
  expect(told.filter((sentence) => sentence.includes("stand in"))).toEqual([]);
});

it("refuses features that the head can make nothing of", async () => {
  const random = new Random(9);
  const noise = { ...train, features: train.features.map(() => [0, 1, 2].map(() => random.uniform())) };
  await expect(warningsOf({ train: noise, validation, test })).rejects.toThrow(
    /features of train\.safetensors do not belong to the head .*no more often than by chance.*export them with this checkpoint/,
  );
});

it("says in which order the labels would fit", async () => {
  const turned = (set: Table) => ({ ...set, labels: set.labels.map((label) => (label + 1) % 3) });
  await expect(
    warningsOf({ train: turned(train), validation: turned(validation), test: turned(test) }),
  ).rejects.toThrow("(label 0 is 2, 1 is 0, 2 is 1): number them as the head does");
});

it.each([
  ["of two classes in train", "train", [0, 2, 1], "(label 1 is 2, 2 is 1): number them as the head does"],
  [
    "in validation alone",
    "validation",
    [1, 0, 2],
    "the labels of validation.safetensors stand in another order",
  ],
  ["in test alone", "test", [2, 1, 0], "the labels of test.safetensors stand in another order"],
])("refuses labels in another order %s", async (_where, name, order, sentence) => {
  const sets: Record<string, Table> = { train, validation, test };
  const set = sets[name] ?? train;
  const moved = { ...set, labels: set.labels.map((label) => order[label] ?? 0) };
  await expect(warningsOf({ ...sets, [name]: moved })).rejects.toThrow(sentence);
});

it("says that validation was made from another checkpoint than train", async () => {
  const random = new Random(9);
  const noise = table(200, 8);
  const others = { ...noise, features: noise.features.map(() => [0, 1, 2].map(() => random.uniform())) };
  const [told, ...more] = await warningsOf({ train, validation: others, test });
  expect(more).toEqual([]);
  expect(told).toMatch(
    /^The predictions of .* on validation\.safetensors agree with the labels no more often than by chance .*, though on \d\d\.\d % of the rows of training/,
  );
});

it("does not refuse a head that is worse than the majority, if it knows the classes", async () => {
  // The frequent class is pushed away: of a long-tailed train set such a head is right on less than half.
  const rare = { ...train, labels: train.labels, features: train.features };
  expect(await warningsOf({ train: rare, validation, test }, { biases: [-3.2, 0, 0] })).toEqual([]);
});

it("looks at tables of a few rows without a verdict", async () => {
  const features = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const few: Table = { features, labels: [1, 2, 0] };
  expect(await warningsOf({ train: few, validation, test })).toEqual([]);
});
