/** The one line that says what a run comes to. */
import { describe, expect, it } from "vitest";
import type { ConstraintVerdict } from "../../src/protocol/records.ts";
import { allHold, overallStatus, verdictsText } from "../../src/words/constraints.ts";
import {
  briefVerdict,
  conclusion,
  decisionAndWhy,
  isSettled,
  outputText,
  shortHeadline,
  toneOf,
  type Unsaid,
  verdictLine,
} from "../../src/words/verdict.ts";
import { resultOf } from "../support/records.ts";

const spaces = (line: string) => line.replace(/[\u202f\u00a0]/g, " ");

const verdict: Unsaid = {
  decision: "use",
  reason: "better",
  baseline: null,
  trained: true,
  set: "test",
  gain: { metric: "minRecall", before: 0.28, after: 0.74, change: 0.46, low: 0.41, high: 0.5 },
  price: { class: "coat", group: null, before: 0.81, after: 0.77, change: -0.04 },
  accuracy: { before: 0.79, after: 0.662 },
  closest: null,
};
const bound: ConstraintVerdict = {
  ...{ metric: "recall", part: "recall", attribute: null, classes: ["yes"], groups: [] },
  ...{
    kind: "atLeast",
    bound: 0.5,
    value: 0.6,
    low: 0.5,
    high: 0.7,
    status: "holds",
    satisfied: true,
    reason: null,
  },
  test: null,
};
const missed = { ...bound, value: 0.4, status: "missed", satisfied: false } as const;
const missedOnTest = {
  ...bound,
  test: { ...bound, value: 0.2, low: 0.1, high: 0.3, status: "missed" },
} as const;

const withinChance: ConstraintVerdict = {
  ...bound,
  classes: ["no"],
  test: { ...bound, classes: ["no"], value: 0.45, low: 0.3, high: 0.6, status: "missed" },
};

const told = (changes: Partial<Unsaid>, constraints: readonly ConstraintVerdict[] = []) =>
  spaces(conclusion({ ...verdict, ...changes }, constraints));

describe("the line", () => {
  it("says gain with interval and set, who loses most, accuracy, and bounds", () => {
    expect(told({}, [bound])).toBe(
      "Use it: worst-class recall rose by 46.0 points (+41.0 to +50.0) on test, 28.0 % → 74.0 %; coat loses most, 81.0 % → 77.0 %; accuracy 79.0 % → 66.2 % on test; the bound holds on validation.",
    );
  });

  it.each([
    [{ change: 0.02, low: -0.03 }, "may explain (if it stays, about 7 times as many samples would tell);"],
    [{ change: 0.08, low: -0.03 }, "may explain (if it stays, about 1.9 times as many samples would tell);"],
    [{ change: 0.01, low: -0.1 }, "may explain;"],
    [{ change: 0, low: -0.03 }, "may explain;"],
  ])("says how many samples would tell of a change %j", (change, words) => {
    const gain = { ...verdict.gain, ...change };
    expect(told({ decision: "cannotTell", reason: "notBetter", gain })).toContain(words);
  });

  it("says that no fix without training was measured beside a head that is to be used", () => {
    expect(told({ alone: true })).toMatch(
      /66\.2 % on test; logit adjustment and tuned bias were not measured beside it, and may do as well\.$/,
    );
    expect(told({ alone: true, decision: "cannotTell", reason: "notBetter" })).not.toContain("beside it");
  });

  it("says that validation chose the head too, and names a group", () => {
    const price = { class: "yes", group: "C", before: 0.9, after: 0.2, change: -0.7 };
    expect(told({ set: "validation", price })).toContain("on validation, which also chose it");
    expect(told({ price })).toContain("yes in C loses most, 90.0 % → 20.0 %");
  });

  it("names the baseline, and whether training helped", () => {
    const baseline = { decision: "useBaseline", baseline: "logitAdjustment" } as const;
    expect(told({ ...baseline, trained: false })).toMatch(
      /^Use logit adjustment instead: training did not help; /,
    );
    expect(told(baseline)).toMatch(/^Use logit adjustment instead: training did no better; /);
  });

  it("names who trained the head, where that is more than SelMix's steps", () => {
    expect(told({ method: "selmix" })).toBe(told({}));
    expect(told({ method: "balancedRefit" })).toMatch(
      /^Use it \(a balanced refit of the head with tuned offsets\): worst-class recall rose/,
    );
    expect(told({ decision: "cannotTell", reason: "notBetter", method: "selmixOffsets" })).toMatch(
      /^Cannot tell with these samples: for SelMix with offsets tuned at its end, the best on validation, worst-class/,
    );
  });

  it("offers the closest head with its price where nothing keeps every bound", () => {
    const { gain, price, accuracy } = verdict;
    const closest = { baseline: null, gain, price, accuracy, constraints: [missed] };
    expect(
      told({ decision: "doNotUse", reason: "nothingFeasible", closest }, [{ ...missed, value: 0.1 }]),
    ).toBe(
      "Do not use it: no head keeps every bound on validation, so stay with the checkpoint, which misses recall of yes ≥ 50 % (10.0 % on validation); the head that comes closest is kept with the run: misses recall of yes ≥ 50 % (40.0 % on validation), coat loses most, 81.0 % → 77.0 %, accuracy 79.0 % → 66.2 % on test.",
    );
  });

  it("says what test vetoes, and what cannot be judged", () => {
    expect(told({ decision: "doNotUse", reason: "missedOnTest" }, [missedOnTest])).toContain(
      "Do not use it: recall of yes is 20.0 % (10.0 to 30.0 %) on test, against a bound of ≥ 50 %; ",
    );
    // The one that forbids it, not one that chance may explain.
    expect(told({ decision: "doNotUse", reason: "missedOnTest" }, [withinChance, missedOnTest])).toContain(
      "Do not use it: recall of yes is 20.0 %",
    );
    const unjudged = {
      ...bound,
      value: null,
      status: "notJudged",
      satisfied: false,
      reason: "yes is never predicted.",
    } as const;
    expect(told({ decision: "cannotTell", reason: "notJudged" }, [unjudged])).toContain(
      "recall of yes ≥ 50 % is not judged on validation, yes is never predicted; ",
    );
    const unsure = { ...unjudged, value: 0.6, reason: "yes has 30 samples." };
    expect(told({ decision: "cannotTell", reason: "notJudged" }, [unsure])).toContain(
      "recall of yes ≥ 50 % is not judged on validation (60.0 %), yes has 30 samples; ",
    );
  });

  it("says that a bound is missed on test within chance", () => {
    expect(told({}, [withinChance])).toContain(
      "recall of no ≥ 50 % is missed on test, 45.0 %, which chance may explain",
    );
    expect(told({}, [bound, withinChance, withinChance])).toContain(
      "is missed on test, 45.0 %, and 1 more is, which chance may explain",
    );
    const unjudged = { ...bound, value: null, status: "notJudged", satisfied: false } as const;
    const both = told({ decision: "cannotTell", reason: "notJudged" }, [unjudged, withinChance]);
    expect(both).toContain("recall of yes ≥ 50 % is not judged on validation");
    expect(both).toContain("recall of no ≥ 50 % is missed on test");
  });
});

describe("a bound on two sets", () => {
  it("stands as on the worse of them", () => {
    const unjudged = { ...bound, test: { ...bound, value: null, status: "notJudged" } } as const;
    expect([bound, withinChance, unjudged, missed].map((one) => overallStatus(one))).toEqual([
      "holds",
      "missed",
      "notJudged",
      "missed",
    ]);
    expect([[bound], [withinChance], [unjudged], [missed]].map((some) => allHold(some))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(verdictsText([bound, withinChance])).toBe("1 missed of 2 constraints");
    expect(verdictsText([withinChance])).toBe("constraint missed");
  });
});

describe("what goes with it", () => {
  const settled = { ...verdict, sentence: "Use it: so." };
  const result = resultOf({ verdict: settled, constraints: [bound] });

  it("is a green tick only where every bound is kept on every set", () => {
    expect(toneOf(result)).toBe("good");
    expect(toneOf({ ...result, constraints: [withinChance] })).toBe("open");
    expect(toneOf({ ...result, constraints: [missed] })).toBe("bad");
    expect(toneOf({ ...result, verdict: { ...settled, decision: "cannotTell" } })).toBe("open");
    expect(toneOf({ ...result, verdict: { ...settled, decision: "doNotUse" } })).toBe("bad");
    expect(toneOf({ ...result, verdict: undefined })).toBe("open");
  });

  it("is exit status 0 only for a head that is to be used", () => {
    expect(isSettled(result)).toBe(true);
    expect(isSettled({ ...result, constraints: [missed] })).toBe(false);
    expect(isSettled({ ...result, constraints: [withinChance] })).toBe(false);
    expect(isSettled({ ...result, verdict: { ...settled, decision: "cannotTell" } })).toBe(false);
    expect(isSettled({ ...result, verdict: undefined })).toBe(false);
  });

  it("is the line itself, and where it was written", () => {
    expect(verdictLine(result)).toBe("Use it: so.");
    expect(shortHeadline(result)).toMatch(/^Use it, worst class /);
    expect(shortHeadline({ ...result, verdict: { ...settled, decision: "cannotTell" } })).toMatch(
      /^Cannot tell, worst class /,
    );
    expect(verdictLine({ ...result, verdict: undefined })).toMatch(
      /^Worst class .* on (test|validation).*\.$/,
    );
    expect(outputText({ output: null })).toBe("Nothing was written.");
  });

  it("is brief in the status bar: for whom, how sure, who pays, as the line measures it", () => {
    const full = { ...result, verdict: { ...verdict, sentence: told({}) } };
    expect(spaces(briefVerdict(full))).toMatch(
      /^Use it: worst class \(\w+\) \+46 points \(\+41 to \+50\), coat −4$/,
    );
    expect(spaces(shortHeadline(full))).toBe("Use it, worst class 28 % → 74 %");
    const long = "Referred to the manual underwriting department";
    const price = { ...verdict.price, class: long, group: "customers of partner branches" };
    const cut = briefVerdict({
      ...full,
      verdict: { ...full.verdict, price: { ...price, before: 1, after: 0.96, change: -0.04 } },
    });
    expect(spaces(cut)).toMatch(/\(\+41 to \+50\), Referred to …er branches −4$/);
    const none = { ...full.verdict, reason: "nothingFeasible", decision: "doNotUse" } as const;
    expect(briefVerdict({ ...result, verdict: none })).toBe("Do not use it: no head keeps every bound");
    const mean = { ...full.verdict, gain: { ...verdict.gain, metric: "meanRecall" }, price: null };
    expect(briefVerdict({ ...result, verdict: mean })).toBe("Use it: mean recall +46 points (+41 to +50)");
  });

  it("names who was worst by classes, or by the classes in groups that can be judged", () => {
    const cells = ["a", "b"].flatMap((name, label) =>
      [0, 1].map((group) => ({ label, group, name: `${name} / g${group}` })),
    );
    const { before, after } = resultOf();
    const of = (recall: number[]) => ({ ...before.validation, recall, support: [40, 3, 40, 40] });
    const grouped = {
      ...resultOf({ classes: ["a", "b"], buckets: cells, minimumSupport: 10 }),
      // b is the worse class; the lowest cell of all has three samples.
      before: { ...before, validation: of([0.9, 0.1, 0.5, 0.6]) },
      after: { ...after, validation: of([0.9, 0.1, 0.7, 0.7]) },
    };
    const told = (metric: string) =>
      briefVerdict({
        ...grouped,
        verdict: { ...verdict, sentence: "", set: "validation", gain: { ...verdict.gain, metric } },
      });
    expect(told("minRecall")).toContain("worst class (b)");
    expect(told("minGroupRecall")).toContain("(b / g0)");
  });

  it("comes in two: what to do, and why", () => {
    const full = { ...result, verdict: { ...verdict, sentence: told({}) } };
    const { decision, why } = decisionAndWhy(full);
    expect(decision).toBe("Use it");
    expect(`${decision}: ${why.charAt(0).toLowerCase()}${why.slice(1)}`).toBe(told({}));
  });
});
