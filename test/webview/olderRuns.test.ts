/** A run folder of 0.1.0 opens in every panel. */
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readGain, readRun } from "../../src/project/readRuns.ts";
import { confusionPicture } from "../../src/webview/model/confusion.ts";
import { coveragePicture } from "../../src/webview/model/coverage.ts";
import { controlsPicture, metricsPicture } from "../../src/webview/model/methods.ts";
import { nameRuns } from "../../src/webview/model/namedRuns.ts";
import { notes } from "../../src/webview/model/notes.ts";
import { pairsPicture } from "../../src/webview/model/pairs.ts";
import { objectivePicture } from "../../src/webview/model/progress.ts";
import { recallPicture } from "../../src/webview/model/recall.ts";
import { runsHeadline, runsMetricsTable } from "../../src/webview/model/runs.ts";
import { runsRecallPicture } from "../../src/webview/model/runsRecall.ts";
import { auditPicture, multipliersPicture } from "../../src/webview/model/steering.ts";
import { MatrixView } from "../../src/webview/pictures/matrixView.ts";
import { modelCard } from "../../src/webview/report/modelCard.ts";
import type { Picture } from "../../src/webview/shared/picture.ts";
import { compare, compareCycles } from "../../src/words/comparison.ts";
import { headline } from "../../src/words/headline.ts";

const frame = { width: 700, fontSize: 13, measure: (text: string) => text.length * 7 };
const fixtures = path.resolve("test/fixtures/runs-0.1.0");

function read(name: string) {
  const snapshot = readRun(path.join(fixtures, name));
  const comparison = snapshot && compare(snapshot, "test");
  if (!snapshot?.result || !comparison) throw new Error(`${name} is read with its result`);
  return { snapshot, result: snapshot.result, comparison };
}

function rowsOf(picture: Picture | null): number {
  if (picture === null) throw new Error("there is something to draw");
  expect(picture.build(frame, 0, picture.height(frame)).length).toBeGreaterThan(0);
  return picture.table().rows.length;
}

describe.each([
  // With groups, the three classes as a whole and each within them.
  { name: "plain", rows: 3 },
  { name: "grouped", rows: 9 },
])("a run of 0.1.0, $name", ({ name, rows }) => {
  it("in the recall panel", () => {
    const { snapshot, result, comparison } = read(name);
    expect(headline(snapshot, "test")?.claim).toMatch(/^Worst class \d.* on test; /);
    expect(rowsOf(recallPicture(comparison, "worstBefore"))).toBe(rows);
    expect(rowsOf(metricsPicture(comparison, snapshot.run.objective))).toBe(8);
    expect(rowsOf(controlsPicture(result, "test", "minRecall"))).toBe(4);
    expect(rowsOf(coveragePicture(snapshot, comparison, "name"))).toBe(3);
    const view = new MatrixView();
    expect(rowsOf(confusionPicture(snapshot, comparison, "after", "name", view, false))).toBeGreaterThan(3);
    expect(rowsOf(objectivePicture(snapshot))).toBe(snapshot.history.length);
    const constraints = notes(snapshot).filter((line) => line.startsWith("Constraint: "));
    expect(constraints).toHaveLength(3);
    expect(constraints[0]).toContain(result.constraints[0]?.metric);
  });

  it("in the gain panel", () => {
    const { snapshot } = read(name);
    const matrices = readGain(snapshot.runFolder, 0, snapshot.run.buckets.length);
    const cycles = compareCycles(snapshot);
    if (!matrices || !cycles) throw new Error("G and P are kept");
    const pairs = pairsPicture(
      snapshot,
      { cycle: 0, ...matrices },
      cycles,
      "gain",
      "name",
      new MatrixView(),
      false,
    );
    expect(rowsOf(pairs)).toBeGreaterThan(0);
    expect(rowsOf(multipliersPicture(snapshot))).toBe(snapshot.history.length);
    expect(rowsOf(auditPicture(snapshot))).toBeGreaterThan(0);
  });

  it("beside another, and in a report", () => {
    const runs = nameRuns(["plain", "grouped"].map((each) => read(each).snapshot));
    expect(runsHeadline(runs, "test").claim).toMatch(/^Runs? [AB]/);
    expect(runsMetricsTable(runs, "test").rows).toHaveLength(8);
    expect(rowsOf(runsRecallPicture(runs, "test"))).toBe(3);
    expect(modelCard(read(name).snapshot, "test")).toContain("worst class");
  });
});
