/**
 * What is called proved, against the truth: whole tunes of small problems drawn from populations that are known, with bounds where proofs are
 * hardest. The long form is `bench/proof`.
 */
import { expect, it } from "vitest";
import { type Setting, simulate } from "../../bench/proof/simulate.ts";
import { binomialAbove } from "../../src/statistics/binomialTest.ts";

const problems = 40;

const recall: Setting = {
  name: "recall of both classes",
  ...{ classes: 2, groups: 1, rows: 300 },
  bounds: [{ metric: "recall", kind: "atLeast", from: -0.14, to: 0.04 }],
};
it.each([recall])(
  "$name: proofs are false no more often than one in twenty, and some are made",
  async (setting) => {
    const tally = { proved: 0, falsely: 0 };
    for (let seed = 1; seed <= problems; seed++) {
      for (const { proved, kept } of (await simulate(setting, seed)).bounds) {
        if (proved) tally.proved++;
        if (proved && !kept) tally.falsely++;
      }
    }
    // As many or more would come in one of a hundred such tests if the rate were 5 %.
    expect(binomialAbove(tally.falsely, problems, 0.05)).toBeGreaterThan(0.01);
    expect(tally.proved).toBeGreaterThanOrEqual(5);
  },
  300_000,
);
