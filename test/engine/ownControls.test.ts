/** A run that has a control already does not search for it again. */
import { rmSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import type { runControl } from "../../src/selmix/training/controls.ts";
import { madeTable, TableWorkspace } from "../support/tables.ts";

const searched: string[] = [];
vi.mock(import("../../src/selmix/training/controls.ts"), async (original) => {
  const module = await original();
  const counted: typeof runControl = (id, ...rest) => {
    searched.push(id);
    return module.runControl(id, ...rest);
  };
  return { ...module, runControl: counted };
});

const workspace = new TableWorkspace();
afterEach(() => {
  searched.length = 0;
});
afterEach(() => rmSync(workspace.folder, { recursive: true, force: true }));

it("the best adjustment, and offsets that the run starts from under bounds", async () => {
  workspace.table("train", madeTable([600, 150, 50], 1));
  workspace.table("validation", madeTable([200, 200, 200], 2));
  const tuning = { controls: "trainingFree" };
  workspace.configure({ objective: "meanRecall", tuning });
  const free = await workspace.tune();
  expect(free.controls.map(({ id }) => id)).toEqual(["logitAdjustment", "tunedBias"]);
  // Offsets of so few rows are means over resampled sets in the run, and not in the control.
  expect(searched).toEqual(["tunedBias"]);

  searched.length = 0;
  const constraints = [{ metric: "coverage", atLeast: 0.32 }];
  workspace.configure({ objective: "meanRecall", constraints, tuning });
  const bounded = await workspace.tune();
  expect(bounded.start.kind).toBe("tunedBias");
  expect(bounded.controls.map(({ id }) => id)).toEqual(["logitAdjustment", "tunedBias"]);
  expect(searched).toEqual([]);
});
