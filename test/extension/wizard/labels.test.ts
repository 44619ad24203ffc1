/** Labels that do not count from 0: what the wizard takes them for, and that the configuration it writes then reads every row right. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runJob } from "../../../src/engine/process/jobs.ts";
import { headClasses, lookIntoCheckpoints } from "../../../src/extension/wizard/checkpoints.ts";
import { byNumber, groupsSetting } from "../../../src/extension/wizard/groupNames.ts";
import {
  fittingNumbering,
  numberingItem,
  numberingSettings,
  numberings,
} from "../../../src/extension/wizard/labels.ts";
import { configurationText } from "../../../src/extension/wizard/newConfiguration.ts";
import { surveyed, tablesAmong } from "../../../src/extension/wizard/tables.ts";
import type { IndexColumn } from "../../../src/features/survey.ts";
import { surveyTable } from "../../../src/features/survey.ts";
import { loadProject } from "../../../src/project/load.ts";
import { unnamedClasses } from "../../../src/project/tableFindings.ts";
import { Random } from "../../../src/selmix/random.ts";
import { makeNpy } from "../../files/makeNpy.ts";
import { makeSafetensors } from "../../files/makeSafetensors.ts";
import { makeZip } from "../../files/makeZip.ts";

function column(numbers: readonly number[]): IndexColumn {
  const count = Math.max(...numbers) + 1;
  return { kind: "index", name: "y", distinct: numbers.length, count, texts: null, numbers };
}

const kinds = (numbers: readonly number[]) => numberings([column(numbers)]).map(({ kind }) => kind);

test("nothing is asked of labels that count from 0, and of texts", () => {
  expect(numberings([column([0, 1, 2])])).toEqual([{ kind: "fromZero", classes: 3 }]);
  expect(numberings([{ ...column([0]), texts: ["cat", "dog"], numbers: null }])).toEqual([]);
  // One table lacks a class that another has.
  expect(numberings([column([0, 2]), column([1, 2])])).toEqual([{ kind: "fromZero", classes: 3 }]);
});

test("others are from 1, from 0 with classes that have no sample, or names; below 0 they are names alone", () => {
  expect(kinds([1, 2, 3])).toEqual(["fromOne", "fromZero"]);
  expect(kinds([3, 4, 8])).toEqual(["names", "fromZero", "fromOne"]);
  expect(kinds([0, 2, 5])).toEqual(["fromZero", "names"]);
  expect(kinds([-1, 1])).toEqual(["names"]);
});

describe("the outputs of the head tell which", () => {
  const of = (numbers: readonly number[], outputs: number | null) =>
    fittingNumbering(numberings([column(numbers)]), outputs)?.kind ?? null;

  test.each([
    [[1, 2, 3], 3, "fromOne"],
    // A background class without a sample.
    [[1, 2, 3], 4, "fromZero"],
    [[10, 20, 30], 3, "names"],
    [[0, 2, 5], 6, "fromZero"],
    [[0, 2, 5], 10, "fromZero"],
    [[0, 2, 5], 3, "names"],
  ])("%j and %j outputs: %s", (numbers, outputs, kind) => {
    expect(of(numbers, outputs)).toBe(kind);
  });

  test("where they do not, nothing is chosen", () => {
    expect(of([1, 2, 3], null)).toBeNull();
    expect(of([1, 2, 3], 10)).toBeNull();
    expect(of([10, 20, 30], 7)).toBeNull();
  });
});

test("what is offered says how many classes there are, and which is the first", () => {
  const columns = [column([3, 4, 8])];
  expect(numberings(columns).map((one) => numberingItem(one, columns))).toEqual([
    { label: "They are names of classes", detail: "3 classes, in this order: 3, 4, 8." },
    { label: "They count from 0", detail: "9 classes, 6 of them without a sample; 0 is the first." },
    { label: "They count from 1", detail: "8 classes, 5 of them without a sample; 1 is the first." },
  ]);
});

describe("from the files to a configuration that reads them right", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "selmix-labels-"));
    const head = {
      "fc.weight": { dtype: "F32", shape: [3, 3], values: [4, 0, 0, 0, 4, 0, 0, 0, 4] },
      "fc.bias": { dtype: "F32", shape: [3], values: [0, 0, 0] },
      // A layer before it takes as many features, and could have a class more.
      "layer1.weight": { dtype: "F32", shape: [4, 3], values: Array<number>(12).fill(1) },
    };
    writeFileSync(path.join(folder, "model.safetensors"), makeSafetensors(head));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Three classes along three axes; some rows lie on the other side. */
  const rowsOf = (count: number, seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: count }, (_, row) => {
      const label = row % 3;
      return { label, features: [0, 1, 2].map((k) => (k === label ? 1 : 0) + 1.6 * random.uniform()) };
    });
  };
  const sets = { train: rowsOf(240, 1), val: rowsOf(150, 2) };
  const correct = sets.val.filter(({ label, features }) => features.indexOf(Math.max(...features)) === label);
  const bytesOf = (data: Float32Array | BigInt64Array) => new Uint8Array(data.buffer);

  const writers = {
    npz: (rows: typeof sets.train, called: readonly number[]) => {
      const features = Float32Array.from(rows.flatMap((row) => row.features));
      const labels = BigInt64Array.from(rows, ({ label }) => BigInt(called[label] ?? 0));
      return makeZip([
        { name: "features.npy", bytes: makeNpy("<f4", [rows.length, 3], bytesOf(features)) },
        { name: "labels.npy", bytes: makeNpy("<i8", [rows.length], bytesOf(labels)) },
      ]);
    },
    csv: (rows: typeof sets.train, called: readonly number[]) => {
      const lines = rows.map(({ label, features }) => [...features, called[label]].join());
      return ["f_0,f_1,f_2,label", ...lines].join("\n");
    },
  };

  function evaluate(text: string) {
    const configurationPath = path.join(folder, "selmix.json");
    writeFileSync(configurationPath, text);
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

  test("groups that count from 1 are read by the names that they are given", async () => {
    for (const [set, rows] of Object.entries(sets)) {
      const groups = BigInt64Array.from(rows, (_, at) => BigInt(1 + (at % 2)));
      const labels = BigInt64Array.from(rows, ({ label }) => BigInt(label));
      const features = Float32Array.from(rows.flatMap((row) => row.features));
      const arrays = [
        { name: "features.npy", bytes: makeNpy("<f4", [rows.length, 3], bytesOf(features)) },
        { name: "labels.npy", bytes: makeNpy("<i8", [rows.length], bytesOf(labels)) },
        { name: "groups.npy", bytes: makeNpy("<i8", [rows.length], bytesOf(groups)) },
      ];
      writeFileSync(path.join(folder, `${set}.npz`), makeZip(arrays));
    }
    const found = await surveyed(folder, "train.npz");
    const numbers = found?.survey.columns.flatMap((one) =>
      one.kind === "index" && one.name === "groups" ? (one.numbers ?? []) : [],
    );
    const text = configurationText({
      ...{ checkpoints: ["model.safetensors"], madeBy: null },
      tables: { train: "train.npz", validation: "val.npz" },
      ...groupsSetting(["groups"], [byNumber(["f", "m"], numbers ?? [])]),
    });
    const { sets: reports } = await evaluate(text);
    expect(reports.validation.groups?.accuracy.map(({ group, samples }) => [group, samples])).toEqual([
      ["f", sets.val.length / 2],
      ["m", sets.val.length / 2],
    ]);
  });

  test.each([
    ["npz", [1, 2, 3], { columns: { firstLabel: 1 } }],
    ["csv", [1, 2, 3], { columns: { features: "f_*", firstLabel: 1 } }],
    ["npz", [10, 20, 30], { classes: ["10", "20", "30"] }],
    ["csv", [10, 20, 30], { classes: ["10", "20", "30"] }],
    ["csv", [-1, 1, 2], { classes: ["-1", "1", "2"] }],
    ["npz", [0, 1, 2], {}],
  ] as const)("%s with the labels %j", async (ending, called, said) => {
    for (const [set, rows] of Object.entries(sets))
      writeFileSync(path.join(folder, `${set}.${ending}`), writers[ending](rows, called));
    const files = await Promise.all(["train", "val"].map((set) => surveyed(folder, `${set}.${ending}`)));
    const tables = tablesAmong(files.flatMap((one) => one ?? []));
    const labels = tables.flatMap(({ reading }) => reading.labels ?? []);
    expect(labels).toHaveLength(2);
    expect(tables.map(({ classes }) => classes)).toEqual([3, 3]);
    const found = await lookIntoCheckpoints(folder, ["model.safetensors"], {
      isCancellationRequested: false,
    });
    const wanted = { featureSize: 3, minimumClasses: 2 };
    const numbering = fittingNumbering(numberings(labels), await headClasses(folder, found, wanted));
    if (numbering === null) throw new Error("the head does not tell");
    const settings = numberingSettings(numbering.kind, labels);
    const text = configurationText({
      ...{ checkpoints: ["model.safetensors"], madeBy: null, classes: settings.classes },
      tables: { train: `train.${ending}`, validation: `val.${ending}` },
      columns: { ...tables[0]?.reading.columns, ...settings.columns },
    });
    writeFileSync(path.join(folder, "selmix.json"), text);
    const project = loadProject(path.join(folder, "selmix.json"));
    expect(project.configuration).toMatchObject(said);
    // What is said in the editor of classes that nobody named.
    expect(await unnamedClasses(project, (file) => surveyTable(file, 1, false))).toEqual([]);
    const { sets: reports } = await evaluate(text);
    expect(reports.validation.metrics.accuracy?.value).toBeCloseTo(correct.length / sets.val.length, 12);
    expect(correct.length).toBeLessThan(sets.val.length);
  });
});
