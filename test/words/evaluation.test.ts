/** What *Evaluate* says of a checkpoint, in the editor's notification and log. */
import { expect, it } from "vitest";
import { evaluationSummary, recallLines } from "../../src/words/evaluation.ts";
import { evaluation } from "../support/records.ts";

const names = ["melanoma", "basal cell carcinoma", "nevus"];

it("names class and group of a recall where the tables have groups", () => {
  const buckets = names.flatMap((name, label) =>
    ["female", "male"].map((member, group) => ({ label, group, name: `${name}, ${member}` })),
  );
  // Melanoma of men is the worst; at its place among the classes stands basal cell carcinoma, whose recall is 97 %.
  const measured = evaluation({
    minRecall: 0.14,
    meanRecall: 0.72,
    recall: [0.81, 0.14, 0.97, 0.97, 0.74, null],
    support: [40, 12, 30, 28, 500, 0],
  });
  const result = { buckets, evaluation: { validation: evaluation(), test: measured } };
  expect(evaluationSummary(result)).toBe(
    "worst class and group melanoma, male 14\u202f%, mean recall 72\u202f% (test)",
  );
  expect(recallLines(result)).toEqual([
    "melanoma, female: 81\u202f%",
    "melanoma, male: 14\u202f%",
    "basal cell carcinoma, female: 97\u202f%",
    "basal cell carcinoma, male: 97\u202f%",
    "nevus, female: 74\u202f%",
    "nevus, male: no samples",
  ]);
});

it("names the worst of the classes that have samples, on validation where there is no test set", () => {
  const buckets = names.map((name, label) => ({ label, group: null, name }));
  const measured = evaluation({ recall: [null, 0.9, 0.305], meanRecall: 0.6 });
  const result = { buckets, evaluation: { validation: measured, test: null } };
  expect(evaluationSummary(result)).toBe("worst class nevus 31\u202f%, mean recall 60\u202f% (validation)");
});
