/** Tables as people have them, from files to problems: names of classes and groups, weights, shifts, and the checkpoint's own logits. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareTables } from "../../src/engine/problem/checkedTables.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { loadProject } from "../../src/project/load.ts";
import { Random } from "../../src/selmix/random.ts";
import { makeSafetensors, type TensorToWrite } from "../files/makeSafetensors.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-tables-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Row {
  readonly features: readonly number[];
  readonly label: number;
  readonly sex: string;
  readonly band: number;
  readonly weight: number;
}

/** Three classes along three axes. */
function rows(count: number, seed: number): Row[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const label = random.integer(3);
    const features = [0, 1, 2].map((k) => (k === label ? 1 : 0) + 1.6 * random.uniform());
    const weight = label === 0 ? 3 : random.uniform();
    return { features, label, sex: ["male", "female"][random.integer(2)], band: random.integer(2), weight };
  });
}

const sets: Record<string, Row[]> = { train: rows(300, 1), validation: rows(200, 2), test: rows(200, 3) };
const names = ["nv", "mel", "bcc"];

/** Writes all sets, and a head that knows the three axes. */
function write(lineOf: (row: Row) => readonly (string | number)[], header: string, ending = "csv") {
  for (const [set, all] of Object.entries(sets))
    writeFileSync(
      path.join(folder, `${set}.${ending}`),
      [header, ...all.map((row) => lineOf(row).join())].join("\n"),
    );
  writeHead();
}

function writeHead(bias: readonly number[] = [0, 0, 0]): void {
  const head = {
    "fc.weight": { dtype: "F32", shape: [3, 3], values: [4, 0, 0, 0, 4, 0, 0, 0, 4] },
    "fc.bias": { dtype: "F32", shape: [3], values: [...bias] },
  };
  writeFileSync(path.join(folder, "model.safetensors"), makeSafetensors(head));
}

function writeArrays(
  more: (all: Row[]) => Record<string, TensorToWrite>,
  shiftOf: (set: string) => number = () => 0,
): void {
  for (const [set, all] of Object.entries(sets)) {
    const tensors = {
      features: { dtype: "F32", shape: [all.length, 3], values: all.flatMap((row) => row.features) },
      labels: { dtype: "I64", shape: [all.length], values: all.map((row) => row.label + shiftOf(set)) },
      ...more(all),
    };
    writeFileSync(path.join(folder, `${set}.safetensors`), makeSafetensors(tensors));
  }
  writeHead();
}

function configure(settings: object, ending = "csv"): string {
  const features = Object.fromEntries(Object.keys(sets).map((set) => [set, `${set}.${ending}`]));
  const file = path.join(folder, "selmix.json");
  writeFileSync(file, JSON.stringify({ checkpoints: ["model.safetensors"], features, ...settings }));
  return file;
}

async function prepared(settings: object, ending = "csv") {
  const project = loadProject(configure(settings, ending));
  const made = await prepareTables(project, path.join(folder, "model.safetensors"));
  await made.close();
  return made;
}

const context = () => ({
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
});

async function evaluated(settings: object, ending = "csv") {
  const configurationPath = configure(settings, ending);
  const request = { kind: "evaluate", configurationPath, checkpoint: null, backend: "cpu" } as const;
  return runJob<"evaluate">(request, context());
}

/** What the head predicts. */
const predicted = ({ features }: Row) => features.indexOf(Math.max(...features));

describe("labels that are texts", () => {
  const byName = ({ features, label }: Row) => [...features, names[label] ?? ""];

  it("are numbered as classes has them", async () => {
    write(byName, "a,b,c,label");
    const made = await prepared({ classes: names });
    expect(made.classes).toEqual(names);
    expect([...made.problem.train.labels]).toEqual(sets.train?.map(({ label }) => label));
    expect(made.warnings).toEqual([]);
  });

  it("are numbered as the lines of classes.txt, which is said", async () => {
    write(byName, "a,b,c,label");
    writeFileSync(path.join(folder, "classes.txt"), `${names.join("\n")}\n`);
    const made = await prepared({});
    expect(made.classes).toEqual(names);
    expect(made.warnings.join()).toMatch(/The classes are nv, mel and bcc, as .*classes\.txt has them/);
  });

  it("are sorted where nothing names them; a head in another order does not belong to them", async () => {
    write(byName, "a,b,c,label");
    await expect(prepared({})).rejects.toThrow(
      /stand in another order than the classes of the head: write "classes": \["nv","mel","bcc"\] in selmix\.json\.$/,
    );
  });

  it("that no class is called are named", async () => {
    write(byName, "a,b,c,label");
    await expect(prepared({ classes: ["nv", "mel", "bccc"] })).rejects.toThrow(
      /label "bcc", which no class is called; did you mean "bccc"\?/,
    );
  });

  it("of several classes at once are refused by name", async () => {
    const label = (row: Row, at: number) => (at === 0 ? "nv|mel" : (names[row.label] ?? ""));
    let at = 0;
    write((row) => [...row.features, label(row, at++)], "a,b,c,label");
    await expect(prepared({})).rejects.toThrow(
      /multi-label classifier \("nv\|mel" beside labels.*not tuned yet/,
    );
  });

  it("of classes that are called by numbers are names", async () => {
    write(({ features, label }) => [...features, ["7", "2", "5"][label] ?? ""], "a,b,c,label");
    const made = await prepared({ classes: ["7", "2", "5"] });
    expect([...made.problem.train.labels]).toEqual(sets.train?.map(({ label }) => label));
  });
});

describe("numbers in arrays", () => {
  it("are called by name where they are no indices", async () => {
    writeArrays((all) => ({
      labels: { dtype: "I64", shape: [all.length], values: all.map(({ label }) => [7, 0, 5][label] ?? 0) },
    }));
    const made = await prepared({ classes: ["7", "0", "5"] }, "safetensors");
    expect([...made.problem.train.labels]).toEqual(sets.train?.map(({ label }) => label));
    await expect(prepared({ classes: ["7", "1", "5"] }, "safetensors")).rejects.toThrow(/labels go up to 7/);
  });

  it("stay indices wherever they are some, whatever the classes are called", async () => {
    writeArrays(() => ({}));
    const made = await prepared({ classes: ["2", "0", "1"] }, "safetensors");
    expect([...made.problem.train.labels]).toEqual(sets.train?.map(({ label }) => label));
  });
});

describe("labels that count from 1", () => {
  it("are refused with the way out, and shifted on demand", async () => {
    writeArrays(
      () => ({}),
      () => 1,
    );
    await expect(prepared({}, "safetensors")).rejects.toThrow(/count from 1 to 3.*"firstLabel": 1/);
    const made = await prepared({ columns: { firstLabel: 1 } }, "safetensors");
    expect([...made.problem.train.labels]).toEqual(sets.train?.map(({ label }) => label));
  });

  it("are refused by name where other tables count from 0", async () => {
    writeArrays(
      () => ({}),
      (set) => (set === "validation" ? 1 : 0),
    );
    await expect(prepared({}, "safetensors")).rejects.toThrow(
      /labels of .*validation\.safetensors count from 1 to 3.*; subtract 1 from the labels of .*validation\.safetensors\.$/,
    );
  });

  it("are not shifted where one is 0", async () => {
    writeArrays(() => ({}));
    await expect(prepared({ columns: { firstLabel: 1 } }, "safetensors")).rejects.toThrow(
      /label 0 at row \d+, and labels count from 1/,
    );
  });
});

describe("several attributes", () => {
  const columns = { features: "f*", groups: ["sex", "band"] };
  const line = ({ features, label, sex, band }: Row) => [...features, label, sex, band];

  it("make a group of each combination, named by its values", async () => {
    write(line, "f0,f1,f2,label,sex,band");
    const made = await prepared({ columns, groups: { band: ["young", "old"] } });
    expect(made.groupNames).toEqual(["female, young", "female, old", "male, young", "male, old"]);
    const { accuracy } = (await evaluated({ columns })).sets.test?.groups ?? { accuracy: [] };
    const own = sets.test?.filter(({ sex, band }) => sex === "male" && band === 0) ?? [];
    const right = own.filter((row) => predicted(row) === row.label).length / own.length;
    const young = accuracy.find(({ group }) => group === "male, band 0");
    expect(young?.samples).toBe(own.length);
    expect(young?.accuracy?.value).toBeCloseTo(right, 10);
    const men = accuracy.find(({ group }) => group === "male");
    expect(men?.samples).toBe(sets.test?.filter(({ sex }) => sex === "male").length);
  });

  it("are single ones where one is named", async () => {
    write(line, "f0,f1,f2,label,sex,band");
    expect((await prepared({ columns: { ...columns, groups: "sex" } })).groupNames).toEqual([
      "female",
      "male",
    ]);
  });
});

it("weights of rows count in what is measured", async () => {
  const columns = { features: "f*", weights: "w" };
  write(({ features, label, weight }) => [...features, label, weight], "f0,f1,f2,label,w");
  const { evaluation } = await evaluated({ columns });
  const weighted = (wanted: (row: Row) => boolean) =>
    (sets.test ?? []).reduce((sum, row) => sum + (wanted(row) ? row.weight : 0), 0);
  const accuracy = weighted((row) => predicted(row) === row.label) / weighted(() => true);
  expect(evaluation.test?.accuracy).toBeCloseTo(accuracy, 5);
  const recall =
    weighted((row) => row.label === 1 && predicted(row) === 1) / weighted((row) => row.label === 1);
  expect(evaluation.test?.recall[1]).toBeCloseTo(recall, 5);
  const plain = (await evaluated({ columns: { features: "f*" } })).evaluation.test?.accuracy ?? 0;
  expect(Math.abs(plain - accuracy)).toBeGreaterThan(0.001);
});

describe("the checkpoint's own logits", () => {
  const logits = (count: number, of: (row: Row) => number[]) => (all: Row[]) => ({
    logits: { dtype: "F32", shape: [count, 3], values: all.slice(0, count).flatMap(of) },
  });
  const own = ({ features }: Row) => features.map((value) => 4 * value);

  it("agree with the head, as logits or probabilities, and nothing is said", async () => {
    writeArrays(logits(50, own));
    expect((await prepared({}, "safetensors")).warnings).toEqual([]);
    writeArrays(
      logits(50, (row) => {
        const powers = own(row).map(Math.exp);
        return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
      }),
    );
    expect((await prepared({}, "safetensors")).warnings).toEqual([]);
  });

  it.each<[string, (row: Row) => number[], RegExp]>([
    [
      "of another layer",
      ({ features: [a = 0, b = 0, c = 0] }) => [4 * b, 4 * c, 4 * a],
      /another layer or another checkpoint/,
    ],
    ["with a bias that is not added", own, /does not add the bias/],
  ])("that are others are refused: %s", async (name, of, message) => {
    writeArrays(logits(50, of));
    if (name.includes("bias")) writeHead([1, 0, -1]);
    await expect(prepared({}, "safetensors")).rejects.toThrow(message);
  });
});

it("columns in another order than those of train are refused by name", async () => {
  write(({ features, label }) => [...features, label], "a,b,c,label");
  const [a, b, c] = [0, 1, 2];
  const lines = (sets.validation ?? []).map(({ features, label }) =>
    [features[b], features[a], features[c], label].join(),
  );
  writeFileSync(path.join(folder, "validation.csv"), ["b,a,c,label", ...lines].join("\n"));
  await expect(prepared({})).rejects.toThrow(/has the column b where .*train\.csv has a;/);
});
