import { expect, test } from "vitest";
import {
  classNames,
  type FoundSet,
  guessRoles,
  suggestObjective,
} from "../../../src/extension/wizard/suggest.ts";
import { evaluation } from "../../support/records.ts";

const table = (file: string, change: Partial<FoundSet> = {}): FoundSet => ({
  file,
  size: 128,
  classes: 10,
  detail: "100 samples",
  ...change,
});

test("tables are told apart by their names", () => {
  const roles = guessRoles([
    table("features/test.safetensors"),
    table("features/train.safetensors"),
    table("features/unlabeled.safetensors", { classes: null }),
    table("features/val.safetensors"),
  ]);
  expect(Object.fromEntries(Object.entries(roles).map(([role, { file }]) => [role, file]))).toEqual({
    train: "features/train.safetensors",
    validation: "features/val.safetensors",
    test: "features/test.safetensors",
    unlabeled: "features/unlabeled.safetensors",
  });
});

test("a table without labels is no training set, and one of another size does not belong", () => {
  const roles = guessRoles([
    table("train.npz", { classes: null }),
    table("old/train.npz", { size: 64 }),
    table("old/val.npz", { size: 64 }),
    table("test.npz"),
  ]);
  expect(roles.train?.file).toBe("old/train.npz");
  expect(roles.validation?.file).toBe("old/val.npz");
  expect(roles.test).toBeUndefined();
});

test("names that only contain a word are not taken for it", () => {
  expect(guessRoles([table("constrained.npz"), table("latest.npz"), table("value.npz")])).toEqual({});
});

test("a class that is left behind in one group is named, where that is more than chance", () => {
  const recall = (value: number, high: number) => [
    { class: "mel", group: "dark", samples: 40, recall: { value, low: 0, high }, judged: true },
    { class: "nv", group: "light", samples: 40, recall: { value: 0.9, low: 0.8, high: 1 }, judged: true },
  ];
  const groups = (value: number, high: number) => ({
    ...{ minimumSupport: 10, metrics: [], accuracy: [], confusion: null },
    recall: recall(value, high),
  });
  const measured = evaluation({ meanRecall: 0.8, minRecall: 0.7 });
  const left = suggestObjective(measured, groups(0.3, 0.5));
  expect(left.objective).toBe("minGroupRecall");
  expect(left.why).toMatch(/^mel in dark 30\s%/);
  expect(suggestObjective(measured, groups(0.3, 0.85)).objective).not.toBe("minGroupRecall");
});

test.each([
  ["a class left behind", { meanRecall: 0.84, minRecall: 0.28 }, "minRecall"],
  ["some weaker than others", { meanRecall: 0.8, minRecall: 0.69 }, "hMean"],
  ["all alike", { meanRecall: 0.8, minRecall: 0.78 }, "meanRecall"],
  [
    "many classes",
    { meanRecall: 0.5, minRecall: 0, coverage: new Array(100).fill(0.01) },
    "minHeadTailRecall",
  ],
])("suggests an objective: %s", (_, change, objective) => {
  expect(suggestObjective(evaluation(change)).objective).toBe(objective);
});

test.each([
  ["a JSON list", '["cat", "dog"]'],
  ["a JSON map", '{"0": "cat", "1": "dog"}'],
  ["lines", "cat\r\ndog\n"],
])("reads class names from %s", (_, text) => {
  expect(classNames(text, 2)).toEqual(["cat", "dog"]);
  expect(classNames(text, 3)).toBeNull();
});
