/** Groups known at prediction: head and table together predict what was reported, by the snippet of the documentation. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { madeTable, TableWorkspace } from "../support/tables.ts";
import { written } from "../support/written.ts";

const test = madeTable([300, 300, 300], 3, 0.5, 2.5);
const goal = {
  objective: "minGroupRecall",
  groups: ["day", "night"],
  tuning: { steps: 300, controls: "trainingFree" },
};

let workspace: TableWorkspace;
beforeEach(() => {
  workspace = new TableWorkspace();
  workspace.table("train", madeTable([600, 200, 200], 1, 0.5, 2.5), true);
  workspace.table("validation", madeTable([300, 300, 300], 2, 0.5, 2.5), true);
  workspace.table("test", test, true);
});
afterEach(() => rmSync(workspace.folder, { recursive: true }));

type Snippet = (logits: number[], group: number | string, table: unknown) => number[];

/** The function that the documentation gives. */
function snippet(): Snippet {
  const code = /```js\n([\s\S]*?)```/.exec(readFileSync("docs/groups-at-prediction.md", "utf8"))?.[1];
  return new Function(`${code}; return withGroupOffsets;`)() as Snippet;
}

/** Logits of test's rows under a file's head alone. */
async function logitsOf(file: string): Promise<number[][]> {
  const checkpoint = await openCheckpoint(file);
  const [weight, bias] = [await checkpoint.read("head.weight"), await checkpoint.read("head.bias")];
  await checkpoint.close();
  expect(weight).toHaveLength(9);
  return test.features.map((row) =>
    [0, 1, 2].map((k) =>
      row.reduce((sum, value, d) => sum + Math.fround(value) * (weight[3 * k + d] ?? 0), bias[k] ?? 0),
    ),
  );
}

/** Recall of each class in each group, in the order of the reported cells. */
function recalls(logits: readonly number[][]): number[] {
  return [0, 1, 2].flatMap((label) =>
    [0, 1].map((group) => {
      const rows = test.labels.flatMap((one, row) =>
        one === label && test.groups[row] === group ? [row] : [],
      );
      const right = rows.filter((row) => logits[row].indexOf(Math.max(...logits[row])) === label);
      return right.length / rows.length;
    }),
  );
}

it("tunes offsets per group and writes them beside the head: together they predict what is reported", async () => {
  workspace.configure(goal);
  const blind = await workspace.tune();
  workspace.configure({ ...goal, groupsAtPrediction: true, output: "told.safetensors" });
  const told = await workspace.tune();
  const output = written(told);
  expect(told.groupTable).toBe(`${output}.groups.json`);
  expect(blind.groupTable).toBeUndefined();
  expect(existsSync(`${written(blind)}.groups.json`)).toBe(false);
  const table = JSON.parse(readFileSync(`${output}.groups.json`, "utf8"));
  expect(table).toMatchObject({ version: 1, groups: ["day", "night"], classes: ["cat", "dog", "owl"] });
  const add = snippet();
  const logits = (await logitsOf(output)).map((row, at) => add(row, test.groups[at], table));
  recalls(logits).forEach((recall, cell) => {
    expect(recall).toBeCloseTo(told.after.test?.recall[cell] ?? Number.NaN, 9);
  });
  // By name as by index.
  expect(add([0, 0, 0], "night", table)).toEqual(add([0, 0, 0], 1, table));
  // Being told the group helps where the groups differ, beyond what test's 150 rows a cell leave to chance.
  const gain = (told.after.test?.meanGroupRecall ?? 0) - (blind.after.test?.meanGroupRecall ?? 0);
  expect(gain).toBeGreaterThan(0.01);
  // Offsets are about differences: over train's groups they add up to nothing.
  const [day, night] = table.offsets;
  const { groups } = madeTable([600, 200, 200], 1, 0.5, 2.5);
  const share = groups.reduce((sum, group) => sum + group, 0) / groups.length;
  day.forEach((offset: number, k: number) => {
    expect((1 - share) * offset + share * night[k]).toBeCloseTo(0, 4);
  });
});

it("goes where the copy goes: used elsewhere, replaced, and taken back", async () => {
  workspace.configure({ ...goal, groupsAtPrediction: true, output: "told.safetensors" });
  const told = await workspace.tune();
  const table = readFileSync(`${written(told)}.groups.json`, "utf8");
  const elsewhere = `${workspace.folder}/other.safetensors`;
  await workspace.use(told.runFolder, elsewhere);
  expect(JSON.parse(readFileSync(`${elsewhere}.groups.json`, "utf8")).offsets).toEqual(
    JSON.parse(table).offsets,
  );
  // A head without offsets in the same place leaves none of the old ones beside it.
  workspace.configure({ ...goal, output: "told.safetensors" });
  const blind = await workspace.tune();
  expect(written(blind)).toBe(written(told));
  expect(existsSync(`${written(blind)}.groups.json`)).toBe(false);
  await workspace.discard(blind.runFolder);
  expect(readFileSync(`${written(told)}.groups.json`, "utf8")).toBe(table);
  await workspace.discard(told.runFolder);
  expect(existsSync(written(told))).toBe(false);
  expect(existsSync(`${written(told)}.groups.json`)).toBe(false);
});

it("never replaces what somebody else put there", async () => {
  workspace.configure({ ...goal, groupsAtPrediction: true, output: "told.safetensors" });
  const mine = `${workspace.folder}/told.safetensors.groups.json`;
  writeFileSync(mine, "mine");
  await expect(workspace.tune()).rejects.toThrow(
    /told.safetensors.groups.json is there already and is not what/,
  );
  expect(readFileSync(mine, "utf8")).toBe("mine");
  expect(existsSync(`${workspace.folder}/told.safetensors`)).toBe(false);
});

it("needs the groups of every table", async () => {
  workspace.table("test", test, false);
  workspace.configure({ ...goal, objective: "meanRecall", groupsAtPrediction: true });
  await expect(workspace.tune()).rejects.toThrow(
    /"groupsAtPrediction" needs the groups of every row, and .*test/,
  );
});
