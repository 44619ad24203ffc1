/** Runs by group: the numbers as fairlearn has them, what cannot be judged, and the section in the panel. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunSnapshot } from "../../src/protocol/panels.ts";
import { metricIntervals } from "../../src/selmix/estimates/metricChanges.ts";
import { type FrameRow, groupFrame } from "../../src/webview/model/groupFrame.ts";
import { groupsSentence, groupsTable } from "../../src/webview/model/groupTable.ts";
import fairness from "../fixtures/fairness.json" with { type: "json" };
import { launchChromium, themeNames } from "../support/chromium.ts";
import { expectAccessible, openWith } from "./openPanel.ts";
import { syntheticRun } from "./syntheticRun.ts";

type Case = (typeof fairness.cases)[number];

/** A run whose checkpoint got nothing right, and whose head predicts what the case says. */
function runOf({ classes, groups, labels, members, predictions }: Case): RunSnapshot {
  const base = syntheticRun({ classes, cycles: 1, groups });
  if (base.result === null) throw new Error("a run with a result");
  const after = new Int32Array(classes * groups * classes);
  labels.forEach((label, row) => {
    const at = (label * groups + (members[row] ?? 0)) * classes + (predictions[row] ?? 0);
    after[at] = (after[at] ?? 0) + 1;
  });
  return { ...base, confusion: { ...base.confusion, afterTest: after } };
}

function frameOf(snapshot: RunSnapshot, label: number | null) {
  const frame = groupFrame(snapshot, "test", label);
  if (frame === null) throw new Error("a run with groups");
  const column = (key: string) => frame.columns.findIndex((one) => one.key === key);
  const cells = (kind: FrameRow["kind"], key: string) =>
    frame.rows.filter((row) => row.kind === kind).map(({ cells: all }) => all[column(key)]);
  const values = (kind: FrameRow["kind"], key: string) => cells(kind, key).map((cell) => cell?.after?.value);
  return { frame, cells, values };
}

const near = (expected: readonly number[]) => expected.map((value) => expect.closeTo(value, 12));

describe.each(fairness.cases)("fairlearn: $title", (one) => {
  it("has the same rates by group, overall, differences and ratios of all classes", () => {
    const { values } = frameOf(runOf(one), null);
    for (const [key, expected] of Object.entries(one.frame)) {
      expect(values("group", key), key).toEqual(near(expected.byGroup));
      expect(values("overall", key), key).toEqual(near([expected.overall]));
      expect(values("difference", key), key).toEqual(near([expected.difference]));
      expect(values("ratio", key), key).toEqual(near([expected.ratio]));
    }
  });

  it("has the same of each class", () => {
    for (const of of one.positives) {
      const { values } = frameOf(runOf(one), of.positive);
      expect(values("group", "recall")).toEqual(near(of.truePositiveRate));
      expect(values("group", "coverage")).toEqual(near(of.selectionRate));
      expect(values("group", "falsePositiveRate")).toEqual(near(of.falsePositiveRate));
      expect(values("difference", "coverage")).toEqual(near([of.coverageDifference]));
      expect(values("ratio", "coverage")).toEqual(near([of.coverageRatio]));
      expect(values("difference", "recall")).toEqual(near([of.recallDifference]));
      expect(values("ratio", "recall")).toEqual(near([of.recallRatio]));
      expect(values("difference", "falsePositiveRate")).toEqual(near([of.falsePositiveRateDifference]));
    }
  });

  it("has intervals about every value, those of all samples as the engine has them", () => {
    const { frame, cells } = frameOf(runOf(one), null);
    for (const { cells: row } of frame.rows) {
      for (const { after } of row) {
        if (after === null) throw new Error("every rate has a value");
        expect(after.low).toBeLessThanOrEqual(after.value);
        expect(after.high).toBeGreaterThanOrEqual(after.value);
        expect(after.high - after.low).toBeGreaterThan(0.01);
      }
    }
    const buckets = Array.from({ length: one.classes }, (_, label) => ({ label, group: null }));
    const paired = {
      ...{ buckets, classes: one.classes, bucketOf: Int32Array.from(one.labels) },
      ...{ before: Int32Array.from(one.predictions), after: Int32Array.from(one.predictions) },
    };
    const engine = metricIntervals(
      paired,
      buckets.map(() => true),
    );
    for (const key of ["accuracy", "meanRecall", "minRecall"] as const) {
      const [ours] = cells("overall", key);
      const theirs = engine[key]?.after;
      expect(ours?.after?.low).toBeCloseTo(theirs?.low ?? 0, 12);
      expect(ours?.after?.high).toBeCloseTo(theirs?.high ?? 0, 12);
    }
  });
});

describe("what cannot be judged", () => {
  const small = syntheticRun({ classes: 3, cycles: 1, groups: 2, samples: 9 });
  const large = syntheticRun({ classes: 3, cycles: 1, groups: 2, samples: 400 });

  it("is marked, with whose samples are too few", () => {
    const { cells } = frameOf(small, 1);
    expect(cells("difference", "recall")[0]?.doubt).toMatch(/^18 samples in group \d$/);
    expect(frameOf(small, null).cells("difference", "meanRecall")[0]?.doubt).toMatch(
      /^18 samples of class \d in group \d$/,
    );
    expect(frameOf(large, 1).cells("difference", "recall")[0]?.doubt).toBeNull();
    expect(groupsSentence(frameOf(large, null).frame)).toMatch(/^Between groups [a-z].* differs most/);
    expect(groupsSentence(frameOf(small, 1).frame)).toMatch(/not judged: 18 samples|differs most/);
  });

  it("is marked where a group has no sample of a class, whose rate then has no value", () => {
    const { afterTest } = large.confusion;
    if (afterTest === undefined) throw new Error("a run with counts");
    const without = afterTest.map((count, at) => (Math.floor(at / 3) === 3 ? 0 : count));
    const { cells, values } = frameOf({ ...large, confusion: { ...large.confusion, afterTest: without } }, 1);
    expect(values("group", "recall")).toEqual([expect.any(Number), undefined]);
    expect(cells("difference", "recall")[0]).toMatchObject({
      after: null,
      doubt: "group 1 has no sample for it",
    });
  });

  it("has no frame without groups, without counts, or while the run goes on", () => {
    expect(groupFrame(syntheticRun({ classes: 3, cycles: 1 }), "test", null)).toBeNull();
    expect(groupFrame({ ...large, confusion: {} }, "test", null)).toBeNull();
    expect(groupFrame({ ...large, result: null }, "test", null)).toBeNull();
  });

  it("stands in the table for files", () => {
    const table = groupsTable(frameOf(small, null).frame);
    const at = table.columns.findIndex(({ key }) => key === "not judged");
    expect(table.rows.filter((row) => row[0] === "Largest difference").map((row) => row[at])).toContain(
      "18 samples of class 0 in group 0",
    );
  });
});

describe("the panel", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it.each(themeNames)("shows groups, and of a class when asked (%s)", async (theme) => {
    const snapshot = syntheticRun({ classes: 4, cycles: 3, groups: 2, samples: 12 });
    const page = await openWith(browser, "recall", snapshot, { theme });
    const section = page.page.getByRole("region", { name: "Groups", exact: true });
    await section.getByText("Largest difference").waitFor();
    expect(await section.getByRole("columnheader").allTextContents()).toEqual([
      ...["Group", "Samples", "Accuracy", "Mean recall", "Worst recall", "Least coverage", "Highest FPR"],
    ]);
    expect(await section.textContent()).toContain("○ not judged: 24 samples of class");
    await expectAccessible(page);
    await page.screenshot(theme, "recall-groups");
    expect(await page.problems()).toEqual([]);
    await page.close();
  });

  it("has room for what it tells of classes with long names", async () => {
    const run = syntheticRun({ classes: 4, cycles: 3, groups: 2, samples: 60 });
    const classes = run.run.classes.map((name) => `${name}, referred to the manual underwriting department`);
    const named = { ...run, run: { ...run.run, classes }, result: run.result && { ...run.result, classes } };
    const page = await openWith(browser, "recall", named, { width: 1000 });
    const table = page.page.getByRole("region", { name: "Groups, table" });
    await table.getByText("referred to the manual").first().waitFor();
    const [whole, seen] = await table.evaluate(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]);
    expect(whole).toBeLessThanOrEqual(seen ?? 0);
    // Where there is less room it is scrolled, and no word stands on a line of its own.
    await page.page.setViewportSize({ width: 320, height: 800 });
    const heights = await table
      .locator("tbody tr")
      .evaluateAll((rows) => rows.map((one) => one.getBoundingClientRect().height));
    expect(Math.max(...heights)).toBeLessThan(130);
    await page.close();
  });

  it("has no such section without groups", async () => {
    const page = await openWith(browser, "recall", syntheticRun({ classes: 4, cycles: 3 }));
    expect(await page.page.getByRole("region", { name: "Groups", exact: true }).count()).toBe(0);
    await page.close();
  });
});

it("says where the result weighs samples, which its rates do not", () => {
  const frame = { split: "test", columns: [], rows: [] } as const;
  expect(groupsSentence({ ...frame, isWeighed: true })).toContain("Every sample counts once here");
  expect(groupsSentence({ ...frame, isWeighed: false })).not.toContain("counts once");
});
