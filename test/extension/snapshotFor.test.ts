import { describe, expect, it } from "vitest";
import { snapshotFor } from "../../src/extension/panels/snapshotFor.ts";
import { confusionPicture } from "../../src/webview/model/confusion.ts";
import { coveragePicture } from "../../src/webview/model/coverage.ts";
import { nameRuns } from "../../src/webview/model/namedRuns.ts";
import { objectivePicture } from "../../src/webview/model/progress.ts";
import { recallPicture } from "../../src/webview/model/recall.ts";
import { runsMetricsTable } from "../../src/webview/model/runs.ts";
import { runsRecallPicture } from "../../src/webview/model/runsRecall.ts";
import { auditPicture, multipliersPicture } from "../../src/webview/model/steering.ts";
import { MatrixView } from "../../src/webview/pictures/matrixView.ts";
import { compare } from "../../src/words/comparison.ts";
import { headline } from "../../src/words/headline.ts";
import { syntheticRun } from "../webview/syntheticRun.ts";

const runs = [
  ["finished", syntheticRun({ classes: 5, cycles: 9 })],
  ["live", syntheticRun({ classes: 5, cycles: 9, finished: false })],
] as const;

describe.each(runs)("what panels are sent of a %s run", (_, whole) => {
  it("changes nothing in what the recall panel shows", () => {
    const shown = (run: typeof whole) => {
      const comparison = compare(run, "test");
      if (comparison === null) throw new Error("no comparison");
      return [
        headline(run, "test"),
        recallPicture(comparison, "worstBefore").table().rows,
        coveragePicture(run, comparison, "size").table().rows,
        confusionPicture(run, comparison, "difference", "name", new MatrixView(), false)?.table().rows,
        objectivePicture(run)?.table().rows,
      ];
    };
    expect(shown(snapshotFor("recall", whole))).toEqual(shown(whole));
  });

  it("changes nothing in what the gain panel shows", () => {
    const shown = (run: typeof whole) => [
      compare(run, "validation")?.buckets,
      multipliersPicture(run)?.table().rows,
      auditPicture(run)?.table().rows,
      objectivePicture(run)?.table().rows,
    ];
    expect(shown(snapshotFor("gain", whole))).toEqual(shown(whole));
  });

  it("changes nothing in what the comparison shows", () => {
    const other = { ...whole, runFolder: "/other" };
    const shown = (kind: "compare" | null) => {
      const pair = nameRuns([whole, other].map((run) => (kind === null ? run : snapshotFor(kind, run))));
      return [runsMetricsTable(pair, "test").rows, runsRecallPicture(pair, "test").table().rows];
    };
    expect(shown("compare")).toEqual(shown(null));
  });

  it("leaves out what is large and not shown", () => {
    const size = (kind: "gain" | "recall" | "compare") => JSON.stringify(snapshotFor(kind, whole)).length;
    expect(size("compare")).toBeLessThan(size("gain"));
    expect(snapshotFor("gain", whole).confusion).toEqual({});
    expect(snapshotFor("compare", whole).history[4]?.recall).toEqual([]);
  });
});
