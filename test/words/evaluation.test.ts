/** What *Evaluate* says of a checkpoint, in the editor's notification and log. */
import { expect, it } from "vitest";
import type { SetReport } from "../../src/protocol/evaluation.ts";
import { type Evaluated, evaluationLines, evaluationSummary } from "../../src/words/evaluation.ts";
import { evaluation, verdictOf } from "../support/records.ts";

const sure = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 });

function reportOf(
  recalls: Readonly<Record<string, number | null>>,
  change: Partial<SetReport> = {},
): SetReport {
  return {
    samples: 100,
    metrics: { meanRecall: sure(0.72) },
    classes: Object.entries(recalls).map(([name, recall]) => ({
      ...{ class: name, samples: recall === null ? 0 : 40, predicted: 40, f1: 0.5 },
      ...{ recall: recall === null ? null : sure(recall), precision: null },
    })),
    confusion: null,
    groups: null,
    sides: [],
    ...change,
  };
}

function evaluated(
  report: SetReport,
  set: "validation" | "test",
  change: Partial<Evaluated> = {},
): Evaluated {
  const test = set === "test";
  return {
    evaluation: { validation: evaluation(), test: test ? evaluation() : null },
    sets: { validation: report, test: test ? report : null },
    constraints: [],
    warnings: [],
    ...change,
  };
}

const cell = (name: string, group: string, recall: number) => ({
  ...{ class: name, group, samples: 12, recall: sure(recall), judged: true },
});

it("names the worst class, and apart from it the worst class within a group", () => {
  const small = { ...cell("nevus", "female", 0), samples: 3, judged: false };
  const groups = {
    minimumSupport: 10,
    metrics: [
      {
        ...{
          metric: "recallDifference",
          part: "recallDifference",
          attribute: "sex",
          classes: ["nevus"],
          groups: ["male", "female"],
        },
        ...{
          samples: [12, 1],
          value: 0.3,
          low: 0.05,
          high: 0.5,
          unmeasured: "melanoma has no samples in male.",
        },
      },
    ],
    accuracy: [{ group: "male", samples: 1, accuracy: sure(0.5) }],
    recall: [
      cell("melanoma", "female", 0.81),
      cell("melanoma", "male", 0.14),
      cell("nevus", "male", 0.6),
      small,
    ],
    confusion: null,
  };
  const report = reportOf({ melanoma: 0.45, nevus: 0.3 }, { groups });
  const result = evaluated(report, "test", { constraints: [verdictOf()] });
  expect(evaluationSummary(result)).toBe(
    "worst class nevus 30\u202f%, worst group melanoma in male 14\u202f%, mean recall 72\u202f% (test); constraint holds",
  );
  expect(evaluationLines(result)).toEqual([
    'Samples on test: 12 of melanoma in female, 12 of melanoma in male, 12 of nevus in male, 3 of nevus in female. nevus in female has fewer than 10 ("minimumSupport"): shown and not judged.',
    "melanoma: recall 45.0\u202f% (35.0 to 55.0\u202f%), precision not judged, F1 50.0\u202f%, 40 samples",
    "nevus: recall 30.0\u202f% (20.0 to 40.0\u202f%), precision not judged, F1 50.0\u202f%, 40 samples",
    "Coverage of cat ≥ 10\u202f%: holds, 20.0\u202f% (10.0 to 30.0\u202f%) on validation.",
    "male: accuracy 50.0\u202f% (40.0 to 60.0\u202f%), 1 sample",
    "Recall difference of nevus, male against female: 30.0\u202f% (5.0 to 50.0\u202f%), 12 and 1 samples. melanoma has no samples in male.",
  ]);
});

it("names the worst of the classes that have samples, on validation where there is no test set", () => {
  const report = reportOf({ melanoma: null, nevus: 0.9, "basal cell": 0.305 });
  expect(evaluationSummary(evaluated(report, "validation"))).toBe(
    "worst class basal cell 31\u202f%, mean recall 72\u202f% (validation)",
  );
});
