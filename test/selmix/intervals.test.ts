/** The short form of `npm run bench:intervals`: seeded draws, so that a method either holds or does not. */
import { describe, expect, test } from "vitest";
import { classPopulations, groupPopulations, type Population } from "../../bench/intervals/populations.ts";
import {
  boundIntervals,
  boundTruth,
  metricIntervals,
  metricOracle,
  metricTruth,
  type Outcome,
  simulate,
} from "../../bench/intervals/simulate.ts";

/** Outcomes of all populations by metric. */
function byMetric(outcomes: readonly Outcome[]): [string, Outcome[]][] {
  const found = new Map<string, Outcome[]>();
  for (const outcome of outcomes) found.set(outcome.metric, [...(found.get(outcome.metric) ?? []), outcome]);
  return [...found];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const named = (populations: readonly Population[], ...names: string[]) =>
  populations.filter(({ name }) => names.includes(name));

describe.each([
  [2, 30, 250, false],
  [10, 5, 250, false],
  [10, 30, 200, false],
  [10, 30, 200, true],
  [100, 30, 40, false],
])("with %i classes of %i rows", (classes, rows, draws, sizesDrawn) => {
  const populations = named(classPopulations(classes, rows, sizesDrawn), "alike", "spread", "one", "rare");
  const outcomes = populations.flatMap((population) =>
    simulate(population, metricIntervals, metricTruth(population), metricOracle(population), draws, 5),
  );

  test.each(byMetric(outcomes))("%s is covered", (_metric, found) => {
    // Standard error 0.7 to 1.7 %.
    expect(mean(found.map(({ coverage }) => coverage))).toBeGreaterThan(0.93);
    for (const { coverage, draws: judged } of found) {
      expect(coverage).toBeGreaterThan(judged < 100 ? 0.84 : 0.88);
    }
  });

  test.each(byMetric(outcomes).filter(([metric]) => !metric.endsWith("change")))(
    "%s is no wider than it need be",
    (_metric, found) => {
      const ratios = found.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
      expect(mean(ratios)).toBeLessThan(1.35);
    },
  );
});

test.each([
  [2, 30, 2],
  [2, 30, 3],
  [10, 30, 2],
])("what is bounded is covered: %i classes of %i rows in %i groups", (classes, rows, groups) => {
  for (const sizesDrawn of [false, true]) {
    for (const population of groupPopulations(classes, rows, groups, sizesDrawn)) {
      const outcomes = simulate(population, boundIntervals, boundTruth(population), {}, 80, 6);
      for (const { metric, coverage } of outcomes) {
        expect(coverage, `${metric}, ${population.name}`).toBeGreaterThan(0.89);
      }
    }
  }
});
