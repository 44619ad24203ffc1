/** The card of a checkpoint before any tuning. */
import { describe, expect, it } from "vitest";
import type { SetReport } from "../../src/protocol/evaluation.ts";
import { baselineOf } from "../../src/words/baseline.ts";
import { evaluation } from "../support/records.ts";

type Row = readonly [name: string, value: number, low: number, high: number];

function reportOf(rows: readonly Row[], mean: number, groups: SetReport["groups"] = null): SetReport {
  return {
    samples: 400,
    metrics: { meanRecall: { value: mean, low: mean - 0.02, high: mean + 0.02 } },
    classes: rows.map(([name, value, low, high]) => ({
      ...{ class: name, samples: 40, predicted: 40, f1: null, precision: null },
      recall: Number.isNaN(value) ? null : { value, low, high },
    })),
    confusion: null,
    groups,
    sides: [],
  };
}

const cardOf = (report: SetReport) =>
  baselineOf("epoch_12", {
    evaluation: { validation: evaluation(), test: evaluation() },
    sets: { validation: reportOf([["none", 1, 1, 1]], 1), test: report },
    constraints: [],
    warnings: [],
  });

describe("a checkpoint before tuning", () => {
  it("names the three lowest classes of test, lowest first, with intervals and sizes; one without samples has none", () => {
    const { title, classes, groups } = cardOf(
      reportOf(
        [
          ["bag", 0.95, 0.84, 0.99],
          ["coat", 0.7, 0.55, 0.82],
          ["shirt", 0.35, 0.22, 0.5],
          ["boot", Number.NaN, 0, 0],
          ["dress", 0.6, 0.45, 0.74],
        ],
        0.65,
      ),
    );
    expect(title).toBe("epoch_12 as it is, recall on test");
    expect(classes.map(({ name, text }) => `${name} ${text.replace("\u202f", " ")}`)).toEqual([
      "shirt 35.0 %",
      "dress 60.0 %",
      "coat 70.0 %",
    ]);
    expect(classes[0]?.detail.replace("\u202f", " ")).toBe("22 to 50 %, 40 samples");
    expect(groups).toEqual([]);
  });

  it("advises an objective only where the lowest class is below the mean by more than chance", () => {
    const rows = (high: number): readonly Row[] => [
      ["shirt", 0.35, 0.22, high],
      ["bag", 0.95, 0.84, 0.99],
    ];
    expect(cardOf(reportOf(rows(0.64), 0.65)).advice.replace("\u202f", " ")).toBe(
      "shirt is 30 points below the mean recall of 65 %, more than chance explains: worst class is the objective for that.",
    );
    expect(cardOf(reportOf(rows(0.65), 0.65)).advice.replace("\u202f", " ")).toBe(
      "No class is below the mean recall of 65 % by more than chance: there may be little to win.",
    );
    expect(cardOf(reportOf([["shirt", Number.NaN, 0, 0]], 0.65)).advice).toBe(
      "400 samples say nothing of any class.",
    );
  });

  it("names the lowest classes in a group that are judged, where the tables have groups", () => {
    const cell = (group: string, value: number) => ({
      ...{ class: "shirt", group, samples: 1, recall: { value, low: 0, high: 0.9 } },
      judged: group !== "d",
    });
    const groups = {
      minimumSupport: 1,
      metrics: [],
      accuracy: [],
      recall: [cell("a", 0.5), cell("b", 0.1), cell("c", 0.3), cell("d", 0)],
      confusion: null,
    };
    const card = cardOf(reportOf([["shirt", 0.35, 0.22, 0.5]], 0.65, groups));
    expect(card.groups.map(({ name }) => name)).toEqual(["shirt in b", "shirt in c"]);
    expect(card.groups[0]?.detail).toMatch(/, 1 sample$/);
  });
});
