import { expect, test } from "vitest";
import type { FoundSet } from "../../../src/extension/wizard/suggest.ts";
import { type Ingredients, scriptTables, waysToFeatures } from "../../../src/extension/wizard/ways.ts";
import { exportFacts, exportKinds, exportScript } from "../../../src/project/exportScripts/index.ts";

const samples = (file: string, classes: number | null = 3): FoundSet => ({
  file,
  size: 0,
  classes,
  detail: "",
});
const ways = (change: Partial<Ingredients>) =>
  waysToFeatures({
    checkpoints: ["checkpoints/*.pt"],
    networks: [],
    samples: [],
    scripts: [],
    ending: ".safetensors",
    ...change,
  });
const both = [samples("data/train"), samples("data/val")];

test.each(["*.onnx", "*.keras", "web/model.json"])(
  "the network %s is offered to run on the samples, first",
  (checkpoint) => {
    const [first, ...others] = ways({ checkpoints: [checkpoint], networks: ["a.onnx"], samples: both });
    expect(first?.makes).toEqual({ network: null });
    expect(first?.detail).toContain("data/train, data/val");
    expect(others).toHaveLength(1);
  },
);

test("a network beside other checkpoints is a backbone, by its name", () => {
  const [first] = ways({ networks: ["export/backbone.onnx", "old.onnx"], samples: both });
  expect(first?.makes).toEqual({ network: "export/backbone.onnx" });
  expect(first?.label).toContain("backbone.onnx");
});

test("without a network there is nothing to run but a program", () => {
  expect(ways({ samples: both }).map(({ makes }) => "network" in makes)).toEqual([false]);
});

test.each<[string, Partial<Ingredients>]>([
  ["no samples", { samples: [] }],
  ["one set of samples", { samples: [samples("data/train")] }],
  ["labels in one set only", { samples: [samples("data/train"), samples("extra", null)] }],
])("with a network and %s, the samples may be shown: that asks most, and stands last", (_, change) => {
  const all = ways({ networks: ["a.onnx"], ...change });
  expect(all.map(({ makes }) => "network" in makes)).toEqual([false, true]);
  expect(all[1]).toMatchObject({
    label: "Run a.onnx on samples that you show",
    makes: { network: "a.onnx" },
  });
});

test("scripts that lie there are offered by name, instead of one that is yet to be written", () => {
  const script = {
    file: "tools/export_features.py",
    roles: ["train", "validation", "test"] as const,
    ending: ".npz",
  };
  const [only, ...others] = ways({ scripts: [script] });
  expect(others).toEqual([]);
  expect(only?.makes).toEqual({
    tables: { train: "features/train.npz", validation: "features/validation.npz", test: "features/test.npz" },
    madeBy: {
      kind: "command",
      command: ["python", "tools/export_features.py", "${checkpoint}", "${featuresDir}"],
    },
  });
});

test("without anything a program is expected, with tables as an inserted script writes them", () => {
  const [only] = ways({ ending: ".npz" });
  expect(only?.makes).toMatchObject({
    tables: { train: "features/train.npz", validation: "features/validation.npz" },
  });
});

test.each(exportKinds.map(({ kind, tables }) => [kind, tables] as const))(
  "the tables of an inserted script are read off its text: %s",
  (kind, ending) => {
    const facts = exportFacts("a.pt", ["fc.weight"], { weight: "fc.weight", size: 8, classes: 3 });
    const roles = ["train", "validation", "test"];
    expect(scriptTables(exportScript(kind, facts))).toEqual({ roles, ending });
  },
);
