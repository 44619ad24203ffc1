/** A run for a cost in pictures and words: told in its unit, the cheaper the better, and kept out of pictures of shares. */
import { expect, it } from "vitest";
import { objectiveKey } from "../../src/metrics/composed.ts";
import type { EvaluationRecord, TuneResult } from "../../src/protocol/records.ts";
import { controlsPicture, methods, metricsPicture } from "../../src/webview/model/methods.ts";
import { objectivePicture } from "../../src/webview/model/progress.ts";
import { bestBaseline } from "../../src/words/baselines.ts";
import { compareResult } from "../../src/words/comparison.ts";
import { briefVerdict, shortHeadline } from "../../src/words/verdict.ts";
import { syntheticRun } from "./syntheticRun.ts";

const cost = objectiveKey({
  cost: [
    [0, 1],
    [20, 0],
  ],
});

/** A made run, told as one for a cost: 4.2 before, 2.5 after, 3 of the first control and 2 of the second. */
function runForCost() {
  const snapshot = syntheticRun({ classes: 4, cycles: 5 });
  const { result, run } = snapshot;
  if (result === null) throw new Error("the run has a result");
  const costing = (evaluation: EvaluationRecord, value: number) => ({
    ...evaluation,
    own: { [cost]: value },
  });
  const both = ({ validation, test }: TuneResult["before"], value: number) => ({
    validation: costing(validation, value),
    test: test && costing(test, value),
  });
  const at = (value: number, by = 0.2) => ({ value, low: value - by, high: value + by });
  const own = { [cost]: { before: at(4.2), after: at(2.5), change: at(-1.7) } };
  const { validation, test } = result.changes;
  const told: TuneResult = {
    ...result,
    objective: cost,
    before: both(result.before, 4.2),
    after: both(result.after, 2.5),
    trained: { evaluation: both(result.after, 2.5), satisfied: true },
    controls: [...result.controls, ...result.controls].map((control, place) => ({
      ...control,
      evaluation: {
        validation: control.evaluation.validation && costing(control.evaluation.validation, 3 - place),
        test: control.evaluation.test && costing(control.evaluation.test, 3 - place),
      },
      satisfied: true,
    })),
    changes: { validation: { ...validation, own }, test: test && { ...test, own } },
  };
  const history = snapshot.history.map((cycle, place) => ({ ...cycle, objective: 4.2 - 0.1 * place }));
  return { ...snapshot, history, run: { ...run, objective: cost }, result: told };
}

it("ranks the cheapest first, and says so of baselines", () => {
  const { result } = runForCost();
  const values = methods(result, "test", cost).map(({ evaluation }) => evaluation.own?.[cost] ?? 0);
  expect(values).toEqual(values.toSorted((a, b) => a - b));
  expect(bestBaseline(result, "test")?.evaluation.own?.[cost]).toBe(2);
  const picture = controlsPicture(result, "test", cost);
  expect(picture?.sentence).toMatch(
    /reaches an expected cost of 2, against 2\.5 of training: it does better here/,
  );
});

it("has no place among shares, and a curve in its unit", () => {
  const snapshot = runForCost();
  const picture = metricsPicture(compareResult(snapshot.result, "test"), cost);
  const rows = picture?.table().rows.map(([name]) => name) ?? [];
  expect(rows).toContain("accuracy");
  expect(rows).not.toContain("expected cost");
  expect(objectivePicture(snapshot)?.sentence).toMatch(/^The objective \(expected cost\) went from 4\.2 to /);
});

it("is told by its value before and after", () => {
  const { result } = runForCost();
  const { verdict: _, ...without } = result;
  expect(shortHeadline(without)).toBe("expected cost 4.2\u00a0→\u00a02.5");
  const gain = { metric: cost, before: 4.2, after: 2.5, change: -1.7, low: -1.9, high: -1.5 };
  const verdict = {
    ...({
      decision: "use",
      reason: "better",
      baseline: null,
      trained: true,
      sentence: "",
      set: "test",
    } as const),
    ...{ gain, price: null, accuracy: { before: 0.8, after: 0.8 }, closest: null },
  };
  expect(briefVerdict({ ...result, verdict })).toMatch(/expected cost −1\.7 \(−1\.9 to −1\.5\)/);
});
