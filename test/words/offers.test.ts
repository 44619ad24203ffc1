/** What Add Constraint says of each metric: told against intervals made by hand, so that nothing is called judgeable that is not. */
import { expect, test } from "vitest";
import type { GroupMetric, SetReport } from "../../src/protocol/evaluation.ts";
import { constraintOffers } from "../../src/words/offers.ts";

const recallGap = (value: number, half: number, samples: [number, number]): GroupMetric => ({
  ...{ metric: "recallDifference", part: "recallDifference", attribute: null },
  ...{ classes: ["mel"], groups: ["light", "dark"] },
  ...{ samples, value, low: value - half, high: value + half, unmeasured: null },
});

const report = (metrics: GroupMetric[]): SetReport => ({
  samples: 400,
  metrics: { accuracy: { value: 0.8, low: 0.76, high: 0.84 } },
  classes: [
    {
      ...{ class: "mel", samples: 80, predicted: 40, f1: null, precision: null },
      recall: { value: 0.4, low: 0.3, high: 0.51 },
    },
    {
      ...{ class: "nv", samples: 320, predicted: 360, f1: null },
      ...{ recall: { value: 0.9, low: 0.86, high: 0.93 }, precision: { value: 0.8, low: 0.76, high: 0.84 } },
    },
  ],
  confusion: null,
  sides: [
    {
      ...{ metric: "tailRecall", classes: ["mel"], samples: 80, unmeasured: null },
      value: { value: 0.4, low: 0.3, high: 0.51 },
    },
    { metric: "headRecall", classes: [], samples: 0, value: null, unmeasured: "there are no samples." },
  ],
  groups:
    metrics.length > 0 ? { minimumSupport: 10, metrics, accuracy: [], recall: [], confusion: null } : null,
});

test("a gap names its size, who it is between, and how few samples the smaller group has", () => {
  // 18 samples at a recall of a half: a standard error of 0.118, so a 95 % interval of 0.23 on each side at least.
  const half = 1.96 * Math.sqrt(0.25 / 18 + 0.25 / 300);
  const offer = constraintOffers(report([recallGap(0.29, half, [300, 18])])).get("recallDifference");
  expect(offer?.now).toMatch(/^29 points now \(5 to 53\)$/);
  expect(offer?.detail).toBe("mel, light against dark; 18 samples in dark: too few to judge");
});

test("where samples are many, it says from which bound on", () => {
  const half = 1.96 * Math.sqrt(0.25 / 500 + 0.25 / 400);
  const offer = constraintOffers(report([recallGap(0.1, half, [500, 400])])).get("recallDifference");
  // One-sided 90 %: 1.2816 standard errors of 0.0335.
  expect(offer?.detail).toBe(
    "mel, light against dark; 400 samples in dark: bounds from about 4.3 points on can be judged",
  );
});

test("what has no samples is not judged, and says why", () => {
  const none = {
    ...recallGap(0, 0, [10, 0]),
    value: null,
    low: null,
    high: null,
    unmeasured: "dark has no mel.",
  };
  const offer = constraintOffers(report([none])).get("recallDifference");
  expect(offer).toEqual({ now: "not judged", detail: "not judged: dark has no mel." });
});

test("of classes the lowest is told; without groups nothing is said of them", () => {
  const offers = constraintOffers(report([]));
  expect(offers.get("recall")?.now).toMatch(/^40\.0\s% now \(30 to 51\s%\)$/);
  expect(offers.get("recall")?.detail).toMatch(
    /^lowest of mel; 80 samples: a bound needs about 6\.9 points of room to hold/,
  );
  expect(offers.get("precision")?.detail).toMatch(/^lowest of nv; 360 samples/);
  expect(offers.get("coverage")?.now).toMatch(/^10\.0\s% to 90\.0\s% now$/);
  expect(offers.get("accuracy")?.now).toMatch(/^80\.0\s% now/);
  expect(offers.has("recallDifference")).toBe(false);
});

test("head and tail classes say which they are, what they reach and by how many samples", () => {
  const offers = constraintOffers(report([]));
  expect(offers.get("tailRecall")?.now).toMatch(/^40\.0\s% now \(30 to 51\s%\)$/);
  expect(offers.get("tailRecall")?.detail).toMatch(
    /^over mel; 80 samples: a bound needs about 6\.9 points of room to hold/,
  );
  expect(offers.get("headRecall")).toEqual({
    now: "not judged",
    detail: "not judged: there are no samples.",
  });
});
