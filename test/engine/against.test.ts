/** A checkpoint held against an earlier run, and rows that count for nothing: who is named as having lost. */
import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { madeTable, TableWorkspace } from "../support/tables.ts";

let workspace: TableWorkspace;
beforeEach(() => {
  workspace = new TableWorkspace();
  workspace.table("train", madeTable([120, 90, 60], 1));
});
afterEach(() => rmSync(workspace.folder, { recursive: true }));

it.each([
  ["every class counts", 1],
  ["a class before it counts for nothing", 0],
])("the class that fell is named where %s", async (_name, weight) => {
  const validation = madeTable([200, 200, 200], 2);
  const weights = validation.labels.map((label) => (label === 1 ? weight : 1));
  workspace.table("validation", { ...validation, weights });
  workspace.configure({ objective: "meanRecall", validationMissing: "allow" });
  const { runFolder } = await workspace.tune();
  const { against } = await workspace.evaluate(workspace.model("worse", [1.2, 0.3, -9]), runFolder);
  expect(against?.paired).toBe(true);
  const fallen = against?.values.find(({ class: name }) => name !== null);
  expect(fallen).toMatchObject({ class: "owl", status: "missed" });
  expect(fallen?.after.value).toBeLessThan(0.05);
});

it("rows of weight 0 are not there: a class of nothing else is missing, and told of as such", async () => {
  const validation = madeTable([200, 200, 200], 2);
  const weights = validation.labels.map((label, row) => (label === 1 || row < 5 ? 0 : 1));
  workspace.table("validation", { ...validation, weights });
  workspace.configure({ objective: "meanRecall" });
  await expect(workspace.tune()).rejects.toThrow(/validation\.safetensors has no sample of dog; /);
  workspace.configure({ objective: "meanRecall", validationMissing: "allow" });
  const { after, warnings } = await workspace.tune();
  expect(after.validation.support).toEqual([195, 200]);
  expect(warnings).toContainEqual(
    expect.stringMatching(/validation\.safetensors has 205 rows of weight 0, which are left out\.$/),
  );
});
