import { expect, test } from "vitest";
import { configurationText, type NewFeatures } from "../../../src/extension/wizard/newConfiguration.ts";
import { checkConfiguration } from "../../../src/project/load.ts";

const tables = {
  train: 'odd "name".safetensors',
  validation: "validation.safetensors",
  test: "test.safetensors",
};
const data = { train: "data/train", validation: "data/val" };
const command = ["python", "export.py", "${checkpoint}", "${featuresDir}"];

test.each<[string, NewFeatures["madeBy"], string[] | null, object]>([
  ["tables that are there", null, ["a", "b"], {}],
  ["a command", { kind: "command", command }, null, { command }],
  ["the checkpoint's own network", { kind: "network", model: null, data }, ["a", "b"], { network: { data } }],
  ["a backbone", { kind: "network", model: "b.onnx", data }, null, { network: { model: "b.onnx", data } }],
])("writes a configuration that is valid, with %s", (_, madeBy, classes, expected) => {
  const text = configurationText({ checkpoints: ["checkpoints/*.pt"], tables, madeBy, classes });
  const { configuration, problems } = checkConfiguration(text, "/ws/selmix.json");
  expect(problems).toEqual([]);
  expect(configuration?.features).toMatchObject({ ...tables, ...expected });
  expect(configuration?.classes).toEqual(classes ?? undefined);
  expect(Object.keys(configuration?.features ?? {})).toHaveLength(3 + Object.keys(expected).length);
});

test("writes columns, metadata and names of groups; scores need no checkpoints", () => {
  const text = configurationText({
    ...{ checkpoints: [], tables, madeBy: null },
    columns: { scores: "p_*", labels: "dx", groups: ["sex", "age"] },
    metadata: { train: "train.csv", validation: "val.csv" },
    groups: { sex: ["f", "m"], age: ["young", "old"] },
  });
  const { configuration, problems } = checkConfiguration(text, "/ws/selmix.json");
  expect(problems).toEqual([]);
  expect(configuration).toMatchObject({
    checkpoints: [],
    columns: { scores: "p_*", labels: "dx", groups: ["sex", "age"] },
    groups: { sex: ["f", "m"], age: ["young", "old"] },
  });
  expect(configuration?.features.metadata).toEqual({ train: "train.csv", validation: "val.csv" });
});
