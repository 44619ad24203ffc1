import { expect, it } from "vitest";
import { Random } from "../../src/selmix/random.ts";
import { intervalOf, share } from "../../src/statistics/estimate.ts";
import { changeBetweenLimits } from "../../src/statistics/intervals.ts";

it("contains the change of a share between two samples at least as often as it says", () => {
  const random = new Random(7);
  const trials = 1500;
  for (const [before, after, rows] of [
    [0.8, 0.78, 150],
    [0.97, 0.95, 60],
    [0.4, 0.4, 30],
  ] as const) {
    const drawn = (chance: number) => {
      let hits = 0;
      for (let row = 0; row < rows; row++) if (random.uniform() < chance) hits++;
      return intervalOf(share(hits, rows));
    };
    let [outside, below] = [0, 0];
    for (let trial = 0; trial < trials; trial++) {
      const { low, high } = changeBetweenLimits(drawn(before), drawn(after));
      if (after - before < low || after - before > high) outside++;
      // What says that a fall is smaller than it is: at most one in forty may.
      if (after - before < low) below++;
    }
    expect(outside / trials).toBeLessThan(0.05 + 0.015);
    expect(below / trials).toBeLessThan(0.025 + 0.012);
  }
});
