/** The verdict on a run as a pure function: which head, and whether it is to be used. */
import { describe, expect, it } from "vitest";
import { type Candidate, decide } from "../../src/engine/verdict/decision.ts";
import type { ConstraintVerdict, Interval } from "../../src/protocol/records.ts";

interface Named extends Candidate {
  readonly name: string;
}

const about = { part: "recall", attribute: null, classes: ["a"], groups: [] };

/** A bound of 0.5 on a recall, by its value on validation and on test; null where it is not judged. */
function bound(
  value: number | null,
  test?: { value: number | null; low?: number; high?: number },
): ConstraintVerdict {
  const judged = (value: number | null, low: number | null = null, high: number | null = null) => ({
    ...about,
    ...{ value, low, high },
    status: value === null ? ("notJudged" as const) : value >= 0.5 ? ("holds" as const) : ("missed" as const),
    reason: null,
  });
  const validation = judged(value);
  return {
    metric: "recall",
    kind: "atLeast",
    bound: 0.5,
    ...validation,
    satisfied: validation.status === "holds",
    test: test === undefined ? null : judged(test.value, test.low, test.high),
  };
}

const change = (value: number, spread = 0.05): Interval => ({
  value,
  low: value - spread,
  high: value + spread,
});

/** A head by its objective on validation, with a change against a checkpoint at 0.5. */
function head(name: string, value: number, more: Partial<Candidate> = {}): Named {
  const plain = { name, value, givesUp: false, constraints: [] };
  return { ...plain, change: { validation: change(value - 0.5), test: null }, ...more };
}
const withTest = (validation: number, test: number): Pick<Candidate, "change"> => ({
  change: { validation: change(validation), test: change(test) },
});

function told(checkpoint: Named, baselines: Named[], tuned: Named | null) {
  const { decision, reason, about: subject, closest, set } = decide({ checkpoint, baselines, tuned });
  return [decision, reason, subject.name, closest?.name ?? null, set];
}

const checkpoint = head("checkpoint", 0.5);
const tested = head("checkpoint", 0.5, withTest(0, 0));

describe("without bounds", () => {
  it("uses the trained head that is better beyond chance", () => {
    expect(told(checkpoint, [head("la", 0.7)], head("selmix", 0.8))).toEqual([
      "use",
      "better",
      "selmix",
      null,
      "validation",
    ]);
  });

  it("uses a baseline that is at least as good, the simpler one where two are equal", () => {
    const expected = ["useBaseline", "better", "la", null, "validation"];
    expect(told(checkpoint, [head("la", 0.8), head("bias", 0.7)], head("selmix", 0.8))).toEqual(expected);
    expect(told(checkpoint, [head("la", 0.8), head("bias", 0.8)], head("selmix", 0.7))).toEqual(expected);
    expect(told(checkpoint, [head("la", 0.8), head("bias", 0.7)], null)).toEqual(expected);
  });

  it("cannot tell where chance may explain the change", () => {
    expect(told(checkpoint, [], head("selmix", 0.53)).slice(0, 3)).toEqual([
      "cannotTell",
      "notBetter",
      "selmix",
    ]);
    expect(told(checkpoint, [], null).slice(0, 3)).toEqual(["cannotTell", "nothingBetter", "checkpoint"]);
    expect(told(checkpoint, [head("la", 0.5)], null).slice(1, 3)).toEqual(["nothingBetter", "checkpoint"]);
  });

  it("does not use a head that is worse beyond chance", () => {
    expect(told(checkpoint, [], head("selmix", 0.4)).slice(0, 3)).toEqual(["doNotUse", "harmful", "selmix"]);
  });
});

describe("with a test set", () => {
  it("is examined there, and never chosen there", () => {
    const selmix = head("selmix", 0.8, withTest(0.3, 0.2));
    const better = head("la", 0.7, withTest(0.2, 0.4));
    expect(told(tested, [better], selmix)).toEqual(["use", "better", "selmix", null, "test"]);
  });

  it("is vetoed there", () => {
    const harmful = head("selmix", 0.8, withTest(0.3, -0.2));
    expect(told(tested, [head("la", 0.7, withTest(0.2, 0.2))], harmful).slice(0, 3)).toEqual([
      "doNotUse",
      "harmful",
      "selmix",
    ]);
    expect(told(tested, [], head("selmix", 0.8, withTest(0.3, 0.01))).slice(0, 2)).toEqual([
      "cannotTell",
      "notBetter",
    ]);
  });

  it("does not use what validation has below the checkpoint, however test has it", () => {
    expect(told(tested, [], head("selmix", 0.49, withTest(-0.01, 0.3))).slice(0, 2)).toEqual([
      "cannotTell",
      "notBetter",
    ]);
    expect(told(tested, [], head("selmix", 0.3, withTest(-0.2, 0.3))).slice(0, 2)).toEqual([
      "doNotUse",
      "harmful",
    ]);
  });
});

describe("with bounds", () => {
  const missing = (value: number): Pick<Candidate, "constraints"> => ({ constraints: [bound(value)] });

  it("takes the checkpoint where no head keeps them all, and offers the closest", () => {
    const stands = head("checkpoint", 0.5, missing(0.3));
    const candidates = [head("la", 0.6, missing(0.35)), head("selmix", 0.4, missing(0.45))] as const;
    expect(told(stands, [candidates[0]], candidates[1])).toEqual([
      "doNotUse",
      "nothingFeasible",
      "checkpoint",
      "selmix",
      "validation",
    ]);
    expect(told(head("checkpoint", 0.5, missing(0.48)), [candidates[0]], candidates[1])[3]).toBe(null);
  });

  it("stays with the checkpoint where it alone keeps them", () => {
    const stands = head("checkpoint", 0.5, missing(0.6));
    expect(told(stands, [head("la", 0.8, missing(0.4))], head("selmix", 0.9, missing(0.4)))).toEqual([
      "doNotUse",
      "onlyCheckpoint",
      "checkpoint",
      null,
      "validation",
    ]);
  });

  it("uses a head that newly keeps them though the objective falls", () => {
    const stands = head("checkpoint", 0.5, missing(0.3));
    expect(
      told(stands, [head("la", 0.9, missing(0.4))], head("selmix", 0.3, missing(0.6))).slice(0, 3),
    ).toEqual(["use", "boundsMet", "selmix"]);
  });

  it("does not count a baseline that breaks one", () => {
    const stands = head("checkpoint", 0.5, missing(0.6));
    const [la, selmix] = [head("la", 0.9, missing(0.4)), head("selmix", 0.8, missing(0.6))];
    expect(told(stands, [la], selmix).slice(0, 3)).toEqual(["use", "better", "selmix"]);
  });

  it("is vetoed by a bound missed on test beyond chance, not within it", () => {
    const stands = head("checkpoint", 0.5, { ...withTest(0, 0), constraints: [bound(0.6, { value: 0.6 })] });
    const selmix = (low: number, high: number) =>
      head("selmix", 0.8, { ...withTest(0.3, 0.3), constraints: [bound(0.6, { value: 0.4, low, high })] });
    expect(told(stands, [], selmix(0.3, 0.45)).slice(0, 2)).toEqual(["doNotUse", "missedOnTest"]);
    expect(told(stands, [], selmix(0.3, 0.55)).slice(0, 2)).toEqual(["use", "better"]);
    const unsure = head("selmix", 0.8, { ...withTest(0.3, 0.3), constraints: [bound(0.6, { value: 0.4 })] });
    expect(told(stands, [], unsure).slice(0, 2)).toEqual(["doNotUse", "missedOnTest"]);
  });

  it("cannot tell where one is not judged, on validation or on test", () => {
    const stands = head("checkpoint", 0.5, { constraints: [bound(null)] });
    const selmix = head("selmix", 0.8, { constraints: [bound(null)] });
    expect(told(stands, [], selmix).slice(0, 3)).toEqual(["cannotTell", "notJudged", "selmix"]);
    expect(told(stands, [], null).slice(0, 3)).toEqual(["cannotTell", "notJudged", "checkpoint"]);
    const onTest = head("selmix", 0.8, { ...withTest(0.3, 0.3), constraints: [bound(0.6, { value: null })] });
    expect(told(tested, [], onTest).slice(0, 2)).toEqual(["cannotTell", "notJudged"]);
  });

  it("goes to a head that is sure to keep one before a better one that is not", () => {
    const unsure = (value: number): ConstraintVerdict => ({
      ...bound(value),
      status: "notJudged",
      satisfied: false,
    });
    const stands = head("checkpoint", 0.5, missing(0.4));
    const better = head("selmix", 0.9, { constraints: [unsure(0.6)] });
    expect(told(stands, [head("la", 0.7, { constraints: [bound(0.7)] })], better).slice(0, 3)).toEqual([
      ...["useBaseline", "boundsMet", "la"],
    ]);
    expect(told(stands, [], better).slice(0, 3)).toEqual(["cannotTell", "notJudged", "selmix"]);
    const stays = head("checkpoint", 0.5, { constraints: [bound(0.7)] });
    expect(told(stays, [], better).slice(0, 3)).toEqual(["doNotUse", "onlyCheckpoint", "checkpoint"]);
  });

  it("takes the whole interval of test for what validation has too few samples to say", () => {
    const test = { value: 0.6, low: 0.55, high: 0.65 };
    const proved = { ...bound(0.6, test), status: "notJudged", satisfied: true } as const;
    const stands = head("checkpoint", 0.5, { ...withTest(0, 0), constraints: [bound(0.4, { value: 0.4 })] });
    const selmix = head("selmix", 0.8, { ...withTest(0.3, 0.3), constraints: [proved] });
    expect(told(stands, [], selmix).slice(0, 3)).toEqual(["use", "boundsMet", "selmix"]);
  });

  it("takes no bound for newly met that test says the checkpoint keeps too", () => {
    const test = { value: 0.6, low: 0.55, high: 0.65 };
    const proved = { ...bound(0.6, test), status: "notJudged", satisfied: true } as const;
    const stands = head("checkpoint", 0.5, { ...withTest(0, 0), constraints: [proved] });
    const keeps = (test: number) =>
      head("selmix", 0.4, { ...withTest(test, test), constraints: [bound(0.7, { value: 0.7 })] });
    expect(told(stands, [], keeps(-0.1)).slice(0, 3)).toEqual(["doNotUse", "harmful", "selmix"]);
    expect(told(stands, [], keeps(0.01)).slice(0, 3)).toEqual(["cannotTell", "notBetter", "selmix"]);
    expect(told(stands, [], keeps(0.1)).slice(0, 3)).toEqual(["use", "better", "selmix"]);
    expect(told(stands, [], null).slice(0, 3)).toEqual(["cannotTell", "nothingBetter", "checkpoint"]);
  });

  it("never goes to a head that gives a class up, whatever bounds it keeps", () => {
    const stands = head("checkpoint", 0.5, missing(0.4));
    const constant = { givesUp: true, constraints: [bound(0.9)] };
    expect(told(stands, [head("tuned bias", 0.6, constant)], head("selmix", 0.9, constant))).toEqual([
      "doNotUse",
      "nothingFeasible",
      "checkpoint",
      null,
      "validation",
    ]);
  });

  it("does not use a head that cannot be judged where the checkpoint can", () => {
    const stands = head("checkpoint", 0.5, missing(0.6));
    expect(told(stands, [], head("selmix", 0.9, { constraints: [bound(null)] })).slice(0, 3)).toEqual([
      "doNotUse",
      "onlyCheckpoint",
      "checkpoint",
    ]);
  });
});
