import { expect, test } from "vitest";
import {
  age,
  bytes,
  constraintText,
  duration,
  headlineText,
  problemText,
  progressText,
  verdictText,
} from "../../src/extension/words.ts";
import { evaluation, resultOf, verdictOf } from "../support/records.ts";

const before = evaluation({ minRecall: 0.284 });
const after = evaluation({ minRecall: 0.747 });

test("the headline is the metric tuned for, on test where there is a test set", () => {
  const onValidation = resultOf({
    objective: "minRecall",
    before: { validation: before, test: null },
    after: { validation: after, test: null },
  });
  expect(headlineText(onValidation)).toBe("worst class 28 % → 75 %");
  const onTest = resultOf({
    objective: "minRecall",
    before: { validation: before, test: evaluation({ minRecall: 0.3 }) },
    after: { validation: after, test: evaluation({ minRecall: 0.6 }) },
  });
  expect(headlineText(onTest)).toBe("worst class 30 % → 60 %");
});

test("the verdict counts constraints that do not hold", () => {
  const holds = verdictOf();
  const broken = verdictOf({ status: "missed", satisfied: false });
  expect(verdictText(resultOf({ constraints: [] }))).toBe("");
  expect(verdictText(resultOf({ constraints: [holds] }))).toBe("constraint holds");
  expect(verdictText(resultOf({ constraints: [holds, broken] }))).toBe("1 of 2 constraints not satisfied");
});

test("constraints in words", () => {
  expect(constraintText({ metric: "coverage", atLeast: 0.095 })).toBe("coverage of every class ≥ 9.5\u00a0%");
  expect(constraintText({ metric: "recall", classes: ["cat", 2], atLeast: 0.5, atMost: 0.9 })).toBe(
    "recall of cat, 2 ≥ 50\u00a0% and ≤ 90\u00a0%",
  );
  expect(constraintText({ metric: "recallDifference", atMost: 0.02 })).toBe(
    "recall difference between groups ≤ 2\u00a0%",
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
  ).toBe("worst class 70.2 %, step 60 of 3000");
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
  expect(duration(3)).toBe("3 ms");
  expect(duration(1234)).toBe("1.2 s");
  expect(duration(125_000)).toBe("2 min 5 s");
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
