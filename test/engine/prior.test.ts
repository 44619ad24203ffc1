/** `"prior"`: under whose class shares a job measures, and what is said where validation has others. */
import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { madeTable, TableWorkspace } from "../support/tables.ts";

let workspace: TableWorkspace;
beforeEach(() => {
  workspace = new TableWorkspace();
  workspace.table("train", madeTable([600, 150, 50], 1));
  workspace.table("validation", madeTable([100, 100, 100], 2));
  workspace.table("test", madeTable([450, 40, 30], 3));
});
afterEach(() => rmSync(workspace.folder, { recursive: true }));

/** Accuracy and coverage of class owl on both sets, and precision on validation, under a prior. */
async function measured(more: object) {
  workspace.configure({ objective: "meanRecall", ...more });
  const { evaluation, sets, warnings } = await workspace.evaluate();
  return { ...evaluation, records: sets.validation.classes, warnings };
}

/** The joint shares of label and prediction [3][3] on a set, as counted. */
async function counts(set: "validation" | "test") {
  workspace.configure({ objective: "meanRecall" });
  const report = (await workspace.evaluate()).sets[set];
  return report?.confusion?.counts ?? [];
}

it.each([
  ["train", [600, 150, 50]],
  ["test", [450, 40, 30]],
  [
    [0.5, 0.3, 0.2],
    [50, 30, 20],
  ],
])("%j: coverage, precision and accuracy are those of the rows repeated", async (prior, shares) => {
  const counted = await counts("validation");
  const total = shares.reduce((sum, share) => sum + share, 0);
  const joint = counted.map((row, k) => {
    const rows = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => (count / rows) * (shares[k] / total));
  });
  const { validation, test, records, warnings } = await measured({ prior });
  const [accuracy, owl] = [joint[0][0] + joint[1][1] + joint[2][2], joint[0][2] + joint[1][2] + joint[2][2]];
  expect(validation.accuracy).toBeCloseTo(accuracy, 12);
  expect(validation.coverage[2]).toBeCloseTo(owl, 12);
  expect(records[2].precision?.value).toBeCloseTo(joint[2][2] / owl, 12);
  // Recalls and samples are those of the rows.
  expect(validation.support).toEqual([100, 100, 100]);
  expect(records[2].recall?.value).toBeCloseTo(counted[2][2] / 100, 12);
  // Test stands as it is for its own shares alone.
  const onTest = await counts("test");
  const right = onTest.reduce((sum, row, k) => sum + row[k], 0) / 520;
  if (prior === "test") expect(test?.accuracy).toBeCloseTo(right, 12);
  else expect(Math.abs((test?.accuracy ?? 0) - right)).toBeGreaterThan(0.005);
  // Whoever says what is meant is not told that it might be otherwise.
  expect(warnings).toEqual([]);
});

it("says before tuning that shares differ where what was chosen depends on them, and how out of it", async () => {
  const said = async (more: object) => (await measured(more)).warnings;
  const [sentence, ...others] = await said({ objective: "macroF1" });
  expect(others).toEqual([]);
  expect(sentence).toBe(
    'The classes are not as frequent in validation as in test and train (cat is 33\u202f% of validation and 87\u202f% of test), and macro F1 depends on that: measured is as in validation, unless "prior" names "test" or "train" (or "validation", to say that it is meant).',
  );
  expect(await said({ constraints: [{ metric: "precision", atLeast: 0.1 }] })).toHaveLength(1);
  // Recalls do not depend on them; nor is it said where somebody said what is meant.
  expect(await said({ objective: "minRecall" })).toEqual([]);
  expect(await said({ objective: "macroF1", prior: "validation" })).toEqual([]);
  // Nor where they differ by chance alone.
  workspace.table("train", madeTable([330, 310, 300], 1));
  workspace.table("test", madeTable([98, 105, 97], 3));
  expect(await said({ objective: "macroF1" })).toEqual([]);
});

it("says so of groups, for what is not about groups", async () => {
  workspace.table("train", madeTable([300, 300, 300], 1, 0.2), true);
  workspace.table("validation", madeTable([100, 100, 100], 2, 0.5), true);
  workspace.table("test", madeTable([100, 100, 100], 3, 0.5), true);
  const [sentence] = (await measured({ objective: "meanRecall", groups: ["day", "night"] })).warnings;
  expect(sentence).toMatch(
    /^The groups are not as frequent in validation as in train \(\S+ is \d+\u202f% of/,
  );
  expect((await measured({ objective: "meanGroupRecall" })).warnings).toEqual([]);
});

it("is what a tune steers by and is verified under: a coverage that holds at validation's shares is missed at train's", async () => {
  const constraints = [{ metric: "coverage", classes: ["owl"], atLeast: 0.25 }];
  const goal = { objective: "meanRecall", constraints, margin: 0 };
  workspace.configure({ ...goal, prior: "validation" });
  const even = await workspace.tune();
  workspace.configure({ ...goal, prior: "train" });
  const long = await workspace.tune();
  const verdictOf = ({ constraints: [verdict] }: typeof even) => verdict;
  expect(verdictOf(even)?.status).toBe("holds");
  // Of rows of which owls are 6 %, a quarter predicted as owl is far from what serves the recalls.
  const coverage = (result: typeof even) => result.after.validation.coverage[2] ?? 0;
  expect(coverage(long)).toBeGreaterThan(0.249);
  expect(long.after.validation.recall[0]).toBeLessThan((even.after.validation.recall[0] ?? 0) - 0.05);
  expect(verdictOf(long)?.value).toBeCloseTo(coverage(long), 9);
  expect(long.prior).toBe("train");
});

it("is refused where it makes no sense, in a sentence", async () => {
  const refused = (prior: unknown, sentence: RegExp) => {
    workspace.configure({ prior });
    return expect(workspace.evaluate()).rejects.toThrow(sentence);
  };
  await refused([0.5, 0.5], /"prior" has 2 shares for 3 classes; give one for each/);
  await refused([0.5, 0.5, 0.5], /The shares in "prior" add up to 1.5; let them add up to 1/);
  await refused("vallidation", /"prior" cannot be "vallidation"; did you mean "validation"\?/);
  await refused("uniform", /"prior" cannot be "uniform"; use "validation", "train", "test", or a list/);
  await refused([1, 0, 0], /"prior/);
  rmSync(`${workspace.folder}/test.safetensors`);
  await refused("test", /"prior" means the class shares of test, and there is no features.test/);
});
