import { expect, it } from "vitest";
import { flatResult } from "../../src/words/flatMetrics.ts";
import { syntheticRun } from "../webview/syntheticRun.ts";

function resultOf(groups = 0) {
  const { result } = syntheticRun({ classes: 3, cycles: 2, groups });
  if (result === null) throw new Error("a run with a result");
  return result;
}

it("is numbers alone, under names that every tool takes and no two alike", () => {
  const classes = ["a/b", "a:b", "crème brûlée"];
  const buckets = classes.map((name, label) => ({ label, group: null, name }));
  const result = { ...resultOf(), classes, buckets };
  const flat = flatResult(result);
  expect(Object.values(flat).every((value) => Number.isFinite(value))).toBe(true);
  expect(Object.keys(flat)).toEqual(
    expect.arrayContaining(["test/recall/a_b", "test/recall/a_b_2", "test/recall/crème brûlée"]),
  );
  for (const name of Object.keys(flat)) expect(name).toMatch(/^[\p{L}\p{N}_. /-]+$/u);
  expect(flat["test/recall/a_b"]).toBe(result.after.test?.recall[0]);
  expect(flat["test/recall/a_b_2"]).toBe(result.after.test?.recall[1]);
});

it("counts bounds by how they stand, and says whether the head is to be used only where that was judged", () => {
  const flat = flatResult(resultOf());
  expect(flat).toMatchObject({
    "constraints/holding": 1,
    "constraints/missed": 0,
    "constraints/notJudged": 0,
  });
  expect(flat).not.toHaveProperty("use");
});

it("has the recall of each class, and of each class in each group, where there are groups", () => {
  const flat = flatResult(resultOf(2));
  expect(flat).toHaveProperty(["test/recall/class 0"]);
  expect(flat).toHaveProperty(["test/groupRecall/class 0 _ group 1"]);
});
