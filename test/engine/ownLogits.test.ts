/** Tables that say what their network made of some rows: another head's features are not tuned, whichever rows are kept. */
import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type MadeTable, madeTable, TableWorkspace } from "../support/tables.ts";

let workspace: TableWorkspace;
beforeEach(() => {
  workspace = new TableWorkspace();
  workspace.table("train", madeTable([120, 90, 60], 1));
  workspace.table("test", madeTable([60, 60, 60], 3));
});
afterEach(() => rmSync(workspace.folder, { recursive: true }));

/** The head of the workspace, by hand, of the first rows. */
const logitsOf = ({ features }: MadeTable, count: number) =>
  features.slice(0, count).map((row) => row.map((value, k) => 1.7 * value + [1.2, 0.3, -1][k]));

const plain = { objective: "meanRecall" };
const proved = { ...plain, confidence: 0.95, constraints: [{ metric: "recall", atLeast: 0.1 }] };

it.each([
  ["as they are", plain],
  ["without the rows that prove", proved],
])("rows of validation %s are held against their logits", async (_name, more) => {
  const validation = madeTable([150, 150, 150], 2);
  workspace.table("validation", { ...validation, logits: logitsOf(validation, 200) });
  workspace.configure(more);
  expect((await workspace.tune()).after.validation).toBeDefined();
  // Those of the rows after them: all of the first hundred are another row's.
  const shifted = logitsOf({ ...validation, features: validation.features.slice(1) }, 200);
  workspace.table("validation", { ...validation, logits: shifted });
  await expect(workspace.tune()).rejects.toThrow(
    /^The head of .*model\.safetensors gives other logits for the features of .*validation\.safetensors than stand there: /,
  );
});
