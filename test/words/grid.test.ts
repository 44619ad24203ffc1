/** Grids in words: how much is luck, and what failed. */
import { expect, it } from "vitest";
import { gridReport } from "../../src/cli/gridReport.ts";
import { screenOf, widthOf } from "../../src/cli/terminal.ts";
import type { GridCell, GridOutcome } from "../../src/protocol/grid.ts";
import { failuresText, gridCautions, gridEndText, spreadsText, spreadText } from "../../src/words/grid.ts";
import { progressText } from "../../src/words/runs.ts";

/** Numbers and their units are kept together by spaces that do not break. */
const spaced = (text: string | null) => text?.replaceAll(/[\u00a0\u202f]/g, " ");
const spread = { mean: 0.74, deviation: 0.01, range: { low: 0.715, high: 0.765 }, shares: null };
const cell = (change: Partial<GridCell> = {}): GridCell => ({
  ...{ checkpoint: "/ws/c.pt", checkpointName: "c", objective: "minRecall", bound: null },
  ...{ set: "test", seeds: 5, draws: 0, done: 5, failed: 0, before: 0.34 },
  after: { ...spread, worst: 0.73, best: 0.75 },
  decisions: { use: 4, cannotTell: 1 },
  ...change,
});
const withShares = { ...spread, worst: 0.7, best: 0.78, shares: { draw: 0.8, seed: 0.05, both: 0.15 } };

it("says over what a result varies, where further ones lie, and whose luck that is", () => {
  expect(spaced(spreadText(cell()))).toBe(
    "Over 5 seeds: worst-class recall on test lies between 71.5 % and 76.5 % in nine of ten further seeds.",
  );
  expect(spaced(spreadText(cell({ draws: 10, set: "notDrawn", after: withShares })))).toBe(
    "Over 5 seeds and 10 draws of validation: worst-class recall on the validation rows that were not drawn lies between 71.5 % and 76.5 % in nine of ten further validation sets of this size; of the variance, 80 % is the draw, 5 % the seed, and 15 % the two together.",
  );
  expect(spreadText(cell({ after: { ...spread, range: null, worst: 0.7, best: 0.7 } }))).toBeNull();
  expect(spreadText(cell({ after: null }))).toBeNull();
});

it("warns of the best of many, and of the mean of draws", () => {
  expect(gridCautions([cell()])).toEqual([]);
  expect(gridCautions([cell(), cell({ bound: 0.1 })])[0]).toContain("the best of many on test is lucky");
  expect(gridCautions([cell({ draws: 10 })])[0]).toContain("read the spread, not the mean");
});

const task = {
  id: "ab".repeat(20),
  checkpoint: "/ws/c.pt",
  checkpointName: "c",
  objective: "minRecall" as const,
};
const ended = { ...task, bound: 0.08, seed: 0, draw: null, runFolder: null };
const outcome: GridOutcome = {
  gridFolder: "/ws/.selmix/grids/x",
  cells: [
    cell({ bound: 0.08, failed: 1 }),
    cell({ bound: 0.09, after: null, before: null, done: 0, decisions: {} }),
  ],
  tasks: [
    { ...ended, state: "done", error: null },
    { ...ended, state: "failed", error: "The disk is full." },
    { ...ended, state: "failed", error: "The disk is full." },
  ],
  seconds: 12,
};

it("names each reason of failures once, with how often it was", () => {
  expect(failuresText(outcome.tasks)).toEqual(["2 tunes failed: The disk is full."]);
});

it("has a line for each bound, fits the terminal, and says how a head is used", () => {
  const screen = { ...screenOf(process.stdout), columns: 80, paint: (_: unknown, text: never) => text };
  const swept = { metric: "coverage", kind: "atLeast" } as const;
  const report = gridReport(outcome, swept, screen as never);
  const lines = report.split("\n");
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
  expect(lines[0]).toBe("1 of 3 tunes done, 2 failed; % on test, by the bound on coverage of every class");
  expect(spaced(report)).toMatch(/≥ 8 % +5 +34\.0 +74\.0 +1\.0 +73\.0 +75\.0 +Use it 4, Cannot tell 1/);
  expect(spaced(report)).toMatch(/≥ 9 % +0 +n\/a +n\/a/);
  expect(spaced(report)).toContain("\n≥ 8 %: Over 5 seeds: worst-class recall");
  expect(report).toContain("selmix use abababababab writes");
});

it("says how a grid ended, and sets apart cells of several checkpoints", () => {
  expect(gridEndText({ tunes: 24, done: 24, failed: 0 })).toBe("24 of 24 tunes done");
  expect(gridEndText({ tunes: 1, done: 0, failed: 1 })).toBe("0 of 1 tune done, 1 failed");
  const other = cell({ checkpoint: "/ws/d.pt", checkpointName: "d" });
  expect(spreadsText([cell(), other], null).map((text) => text.slice(0, 12))).toEqual([
    "c: Over 5 se",
    "d: Over 5 se",
  ]);
  expect(spreadsText([cell()], null)[0]).toMatch(/^Over 5 seeds/);
  const grid = { phase: "grid", message: "tuning, 1 at once", step: 3, steps: 24, runFolder: null } as const;
  expect(progressText(grid)).toBe("tuning, 1 at once, 3 of 24 done");
});
