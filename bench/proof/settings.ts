/** What is simulated: classes, rows, groups and bounds, the bounds around what a good head has in truth, where proofs are hardest. */
import type { Setting } from "./simulate.ts";

const recall = { metric: "recall", kind: "atLeast", from: -0.12, to: 0.05 } as const;
const precision = { metric: "precision", kind: "atLeast", from: -0.15, to: 0.04 } as const;
const accuracy = { metric: "accuracy", kind: "atLeast", from: -0.1, to: 0.03 } as const;
const coverage = { metric: "coverage", kind: "atLeast", from: -0.06, to: 0.02 } as const;
const opportunity = { metric: "recallDifference", kind: "atMost", from: -0.05, to: 0.2 } as const;
const parity = { metric: "coverageDifference", kind: "atMost", from: -0.05, to: 0.2 } as const;
const ratio = { metric: "recallRatio", kind: "atLeast", from: -0.25, to: 0.05 } as const;

const ofRecall = (classes: number, rows: number): Setting => ({
  name: "recall of every class",
  ...{ classes, groups: 1, rows, bounds: [recall] },
});

export const settings: readonly Setting[] = [
  ...[30, 100, 300, 1000].map((rows) => ofRecall(2, rows)),
  ...[30, 100, 300, 1000].map((rows) => ofRecall(10, rows)),
  ...[30, 100, 300].map((rows) => ofRecall(50, rows)),
  { name: "precision", classes: 2, groups: 1, rows: 100, drawn: true, bounds: [precision] },
  { name: "precision", classes: 10, groups: 1, rows: 100, drawn: true, bounds: [precision] },
  {
    name: "accuracy and coverage",
    classes: 10,
    groups: 1,
    rows: 30,
    drawn: true,
    bounds: [accuracy, coverage],
  },
  { name: "recall and coverage", classes: 10, groups: 1, rows: 300, bounds: [recall, coverage] },
  ...[30, 100, 300, 1000].map((rows) => ({
    name: "recall difference",
    ...{ classes: 2, groups: 2, rows, bounds: [opportunity] },
  })),
  { name: "recall ratio", classes: 2, groups: 2, rows: 100, bounds: [ratio] },
  { name: "coverage difference", classes: 2, groups: 2, rows: 100, drawn: true, bounds: [parity] },
  { name: "coverage difference", classes: 10, groups: 3, rows: 100, drawn: true, bounds: [parity] },
  { name: "both differences", classes: 2, groups: 3, rows: 300, bounds: [opportunity, parity] },
];
