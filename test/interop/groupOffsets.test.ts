/** The Python snippet of the documentation predicts with head and offsets what was reported. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { madeTable, TableWorkspace } from "../support/tables.ts";
import { written } from "../support/written.ts";
import { python, root } from "./environment.ts";

test("offsets by group, by index and by name", async () => {
  const workspace = new TableWorkspace();
  try {
    const table = madeTable([300, 300, 300], 3);
    workspace.table("train", madeTable([600, 200, 200], 1), true);
    workspace.table("validation", madeTable([300, 300, 300], 2), true);
    workspace.table("test", table, true);
    workspace.configure({
      objective: "minGroupRecall",
      groups: ["day", "night"],
      groupsAtPrediction: true,
      tuning: { steps: 300, controls: "none" },
    });
    const result = await workspace.tune();
    const script = path.join(import.meta.dirname, "group_offsets.py");
    const docs = path.join(root, "docs/groups-at-prediction.md");
    const told = execFileSync(python, [
      ...[script, docs, written(result), path.join(workspace.folder, "test.safetensors")],
    ]);
    const { by_index: byIndex, by_name: byName } = JSON.parse(`${told}`);
    expect(byName).toEqual(byIndex);
    const recalls = [0, 1, 2].flatMap((label) =>
      [0, 1].map((group) => {
        const rows = table.labels.flatMap((one, row) =>
          one === label && table.groups[row] === group ? [row] : [],
        );
        return rows.filter((row) => byIndex[row] === label).length / rows.length;
      }),
    );
    recalls.forEach((recall, cell) => {
      expect(recall).toBeCloseTo(result.after.test?.recall[cell] ?? Number.NaN, 9);
    });
  } finally {
    rmSync(workspace.folder, { recursive: true, force: true });
  }
});
