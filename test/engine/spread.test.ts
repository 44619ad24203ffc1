/**
 * How much of a result is luck, where that is known: the same procedure on many validation sets that were really drawn anew, against what
 * draws of one of them say.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { beginGrid } from "../../src/engine/grid/grid.ts";
import { outcomeOf } from "../../src/engine/grid/outcome.ts";
import { type Axes, planGrid } from "../../src/engine/grid/tasks.ts";
import { work } from "../../src/engine/grid/work.ts";
import { tuneResult } from "../../src/protocol/records.ts";
import { madeTable, TableWorkspace } from "../support/tables.ts";

const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
};
const rows = [200, 150, 100];

class Population extends TableWorkspace {
  readonly scope = {
    configurationPath: this.configurationPath,
    workspace: this.folder,
    allowOutside: false,
    trusted: true,
  };

  constructor(hasTest: boolean) {
    super();
    this.table("train", madeTable([400, 100, 30], 1));
    if (hasTest) this.table("test", madeTable([3000, 3000, 3000], 2));
    this.configure({ tuning: { steps: 60, controls: "none" } });
  }

  /** Tunes with a validation set of its own, by so many draws of it, or as it is. */
  async outcome(validation: number, axes: Partial<Axes> = {}) {
    this.table("validation", madeTable(rows, 1000 + validation));
    const none = { objectives: [], checkpoints: null, swept: null, bounds: [], seeds: [], draws: 0 };
    const settings = { choices: {}, backend: "cpu", threads: 1 };
    const grid = await planGrid({ ...none, ...axes }, null, settings, this.scope, context);
    const folder = beginGrid(grid, this.scope);
    await work(folder, undefined, this.scope, context);
    const { features } = JSON.parse(readFileSync(this.configurationPath, "utf8"));
    return outcomeOf(grid, features.test !== undefined);
  }
}

const fresh: number[] = [];
const drawnCells: Awaited<ReturnType<Population["outcome"]>>["cells"][number][] = [];
let population: Population;
beforeAll(async () => {
  population = new Population(true);
  for (let set = 0; set < 30; set++) {
    const { cells } = await population.outcome(set);
    fresh.push(cells[0]?.after?.mean ?? Number.NaN);
  }
  for (const set of [0, 1, 2, 3, 4]) {
    const { cells } = await population.outcome(set, { draws: 20 });
    if (cells[0]) drawnCells.push(cells[0]);
  }
}, 600_000);

it("says neither much less nor much more than the truth", () => {
  const mean = fresh.reduce((sum, value) => sum + value, 0) / fresh.length;
  const truth = Math.sqrt(fresh.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (fresh.length - 1));
  const said = Math.sqrt(
    drawnCells.reduce((sum, { after }) => sum + (after?.deviation ?? 0) ** 2, 0) / drawnCells.length,
  );
  expect(said / truth).toBeGreaterThan(0.85);
  expect(said / truth).toBeLessThan(1.5);
});

it("covers at least nine of ten results of other validation sets", () => {
  const pairs = drawnCells.flatMap(({ after }, own) =>
    fresh.flatMap((value, set) =>
      set === own || !after?.range ? [] : [after.range.low <= value && value <= after.range.high],
    ),
  );
  expect(pairs.filter(Boolean).length / pairs.length).toBeGreaterThan(0.9);
});

it("measures on rows that were not drawn where there is no test set, each row on one side only", async () => {
  const without = new Population(false);
  const { cells, tasks } = await without.outcome(0, { draws: 6, seeds: [0, 1] });
  expect(cells[0]).toMatchObject({ set: "notDrawn", seeds: 2, draws: 6, done: 12 });
  expect(cells[0]?.after?.shares).not.toBeNull();
  for (const { runFolder } of tasks) {
    const text = readFileSync(path.join(runFolder ?? "", "result.json"), "utf8");
    const { before } = tuneResult.parse(JSON.parse(text));
    const of = (set: "validation" | "test") => before[set]?.support ?? [];
    // Of each class, what was not drawn and what was are all its rows; about 37 % are not drawn.
    expect(of("validation").map((count, k) => count + (of("test")[k] ?? 0))).toEqual(rows);
    const left = of("test").reduce((sum, count) => sum + count, 0);
    expect(left / 450).toBeGreaterThan(0.2);
    expect(left / 450).toBeLessThan(0.55);
  }
});
