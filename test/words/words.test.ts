import { expect, test } from "vitest";
import {
  constraintText,
  shortageText,
  statusMark,
  verdictSentence,
  verdictsText,
} from "../../src/words/constraints.ts";
import { problemText } from "../../src/words/errors.ts";
import { listed, shortened } from "../../src/words/names.ts";
import { age, bytes, duration } from "../../src/words/numbers.ts";
import { auditSentence, progressText } from "../../src/words/runs.ts";
import { shortHeadline } from "../../src/words/verdict.ts";
import { evaluation, resultOf, verdictOf } from "../support/records.ts";

const before = evaluation({ minRecall: 0.284 });
const after = evaluation({ minRecall: 0.747 });

test("the headline is the metric tuned for, on test where there is a test set", () => {
  const onValidation = resultOf({
    objective: "minRecall",
    before: { validation: before, test: null },
    after: { validation: after, test: null },
  });
  expect(shortHeadline(onValidation)).toBe("worst class 28\u202f%\u00a0→\u00a075\u202f%");
  const onTest = resultOf({
    objective: "minRecall",
    before: { validation: before, test: evaluation({ minRecall: 0.3 }) },
    after: { validation: after, test: evaluation({ minRecall: 0.6 }) },
  });
  expect(shortHeadline(onTest)).toBe("worst class 30\u202f%\u00a0→\u00a060\u202f%");
});

test("the verdict counts constraints that do not hold", () => {
  const holds = verdictOf();
  const missed = verdictOf({ status: "missed", satisfied: false });
  const notJudged = verdictOf({ status: "notJudged", satisfied: false, value: null });
  expect(verdictsText([])).toBe("");
  expect(verdictsText([holds])).toBe("constraint holds");
  expect(verdictsText([holds, holds])).toBe("all 2 constraints hold");
  expect(verdictsText([holds, missed])).toBe("1 missed of 2 constraints");
  expect(verdictsText([missed, notJudged, holds])).toBe("1 missed, 1 not judged of 3 constraints");
  expect(verdictsText([notJudged])).toBe("constraint not judged");
});

test("a shortage says whose samples are too few, what a value may be, and how many would do", () => {
  const few = { metric: "recall", name: "eel", present: 30, limit: 0.6104, needed: 83.2, isLeast: false };
  expect(shortageText(few)).toBe(
    "eel has 30 samples, by which recall may be 61.0\u202f% elsewhere; about 84 are needed.",
  );
  expect(shortageText({ ...few, needed: 1234, isLeast: true })).toContain("at least 1,300 are needed");
  expect(shortageText({ ...few, needed: Infinity })).toContain("more than 1,000,000 are needed");
});

test("a verdict names what has the value, on each set, and says how it stands and why it is not judged", () => {
  const judged = { attribute: "sex", status: "missed" as const, reason: null };
  const onTest = { ...judged, part: "recall", classes: ["nevus"], groups: ["male", "female"] };
  const odds = verdictOf({
    ...judged,
    ...{ metric: "equalizedOddsDifference", part: "recallDifference", kind: "atMost", bound: 0.05 },
    ...{ classes: ["melanoma"], groups: ["female", "male"], satisfied: false },
    ...{ value: 0.1834, low: 0.09, high: 0.25 },
    test: { ...onTest, part: "recallDifference", value: 0.7, low: null, high: null },
  });
  expect(verdictSentence(odds)).toBe(
    "equalized odds (recall difference) of melanoma, female against male ≤ 5\u202f%: missed, 18.3\u202f% (9.0 to 25.0\u202f%) on validation; equalized odds (recall difference) of nevus, male against female missed, 70.0\u202f% on test",
  );
  const reason = "eel is never predicted";
  const precision = { metric: "precision", part: "precision", classes: ["eel"], bound: 0.8 };
  const notJudged = { value: null, low: null, high: null, status: "notJudged" as const, reason };
  expect(verdictSentence(verdictOf({ ...precision, ...notJudged, satisfied: false }))).toBe(
    "precision of eel ≥ 80\u202f%: not judged on validation, eel is never predicted",
  );
  const few = {
    value: 0.85,
    low: 0.66,
    high: 0.95,
    status: "notJudged" as const,
    reason: "eel has 30 samples.",
  };
  expect(verdictSentence(verdictOf({ ...precision, ...few, satisfied: false }))).toBe(
    "precision of eel ≥ 80\u202f%: not judged, 85.0\u202f% (66.0 to 95.0\u202f%) on validation, eel has 30 samples",
  );
  expect([statusMark("notJudged").mark, statusMark("missed").mark, statusMark("proved").mark]).toEqual([
    "○",
    "✗",
    "✓",
  ]);
});

test("constraints in words", () => {
  expect(constraintText({ metric: "coverage", atLeast: 0.095 })).toBe("coverage of every class ≥ 9.5\u202f%");
  expect(constraintText({ metric: "recall", classes: ["cat", 2], atLeast: 0.5, atMost: 0.9 })).toBe(
    "recall of cat, 2 ≥ 50\u202f% and ≤ 90\u202f%",
  );
  expect(constraintText({ metric: "recallDifference", atMost: 0.02 })).toBe(
    "recall difference between groups ≤ 2\u202f%",
  );
});

test("progress in words", () => {
  const progress = { step: 60, steps: 3000, runFolder: null };
  expect(
    progressText({
      ...progress,
      phase: "tune",
      message: "tuning",
      reached: { objective: "minRecall", value: 0.702 },
    }),
  ).toBe("worst class 70.2\u202f%, step 60 of 3000");
  expect(progressText({ ...progress, phase: "controls", message: "uniform mixup" })).toBe(
    "comparing with uniform mixup",
  );
  expect(progressText({ ...progress, phase: "load", message: "reading" })).toBe("reading");
});

test("times and sizes in words", () => {
  const now = 10 * 24 * 3_600_000;
  expect(age(now - 10_000, now)).toBe("just now");
  expect(age(now - 5 * 60_000, now)).toBe("5 min ago");
  expect(age(now - 3 * 3_600_000, now)).toBe("3 h ago");
  expect(age(0, now)).toBe("10 days ago");
  expect(duration(0.003)).toBe("3 ms");
  expect(duration(1.234)).toBe("1.2 s");
  expect(duration(12.3)).toBe("12 s");
  expect(duration(125)).toBe("2 min");
  expect(duration(7300)).toBe("2 h");
  expect(bytes(512)).toBe("512 B");
  expect(bytes(1_500_000)).toBe("1.5 MB");
});

test("a problem of a configuration says its line, and how many more there are", () => {
  const problem = (line: number) => ({ line, message: "Unknown key." });
  expect(problemText({ error: null, problems: [] })).toBeNull();
  expect(problemText({ error: "a:3:5: Unknown key.", problems: [problem(3)] })).toBe("Line 3: Unknown key.");
  expect(problemText({ error: "", problems: [problem(3), problem(4)] })).toBe(
    "Line 3: Unknown key. (and 1 more)",
  );
  expect(problemText({ error: "It cannot be read.", problems: [] })).toBe("It cannot be read.");
});

test("how predictions came out is not said of too few cycles, one or more", () => {
  expect(auditSentence(null, 1)).toBe("1 cycle is too few to say whether changes come as predicted.");
  expect(auditSentence(null, 2)).toBe("2 cycles are too few to say whether changes come as predicted.");
});

test("a long name keeps its beginning and its end, and letters whole", () => {
  expect(shortened("epoch_12", 12)).toBe("epoch_12");
  expect(shortened("credit-decision-2026-10", 12)).toBe("credit…26-10");
  expect(shortened("credit-decision-2026-11", 12)).toBe("credit…26-11");
  expect(shortened("e\u0301".repeat(9), 5)).toBe(`${"e\u0301".repeat(2)}…${"e\u0301".repeat(2)}`);
});

test("names are listed so that each is told from the next, also where one has a comma of its own", () => {
  expect(listed(["coat", "shirt", "bag"])).toBe("coat, shirt and bag");
  expect(listed(["coat", "shirt", "bag", "boot"], 2)).toBe("coat, shirt and 2 more");
  expect(listed(["Approved", "Approved, subject to collateral", "Declined"])).toBe(
    "Approved; Approved, subject to collateral; and Declined",
  );
  expect(listed(["Approved, subject to collateral"])).toBe("Approved, subject to collateral");
});
