/** Looks at validation: what is kept of a head gives what a pass gives. */
import { expect, test } from "vitest";
import { crossFitterOf } from "../../src/selmix/heads/crossFit.ts";
import { defaultSettings, goalOf } from "../../src/selmix/steering/settings.ts";
import { evaluatorInArrays } from "../../src/selmix/validation/arrays.ts";
import type { Evaluator } from "../../src/selmix/validation/evaluator.ts";
import { Validation } from "../../src/selmix/validation/validation.ts";
import { smallProblem } from "./blobs.ts";

/** The evaluator in arrays, and how often it passed over a set for rivals, and for logits. */
function counting(): { evaluator: Evaluator; passes: { rivals: number; logits: number } } {
  const passes = { rivals: 0, logits: 0 };
  const inArrays = evaluatorInArrays();
  const evaluator: Evaluator = {
    ...inArrays,
    features(rows, head) {
      const set = inArrays.features(rows, head);
      return {
        rows,
        predict: (heads) => set.predict(heads),
        logits(one, use) {
          passes.logits++;
          return set.logits(one, use);
        },
        rivals(one, labels, use) {
          passes.rivals++;
          return set.rivals(one, labels, use);
        },
        dispose: () => set.dispose(),
      };
    },
  };
  return { evaluator, passes };
}

test("a head that is looked at again, by another spread, takes no second pass and looks as it would at first", async () => {
  const problem = smallProblem();
  const { evaluator, passes } = counting();
  const validation = new Validation(problem, evaluator);
  const spread = await validation.spread(problem.head);
  const { smooth, counts } = await validation.look(problem.head, spread);
  expect(passes.rivals).toBe(1);
  const fresh = await new Validation(problem, counting().evaluator).look(problem.head, spread);
  expect([smooth, counts]).toEqual([fresh.smooth, fresh.counts]);
  await validation.look({ ...problem.head }, spread);
  expect(passes.rivals).toBe(2);
});

test("a tuning is cross-fitted once, whoever asks, and another one by itself", async () => {
  const problem = smallProblem();
  const goal = goalOf({
    ...defaultSettings,
    objective: "meanRecall",
    isHead: [true, true, true, true, false],
  });
  const { evaluator, passes } = counting();
  const crossFitted = crossFitterOf(problem, evaluator, 0);
  const tuning = { base: problem.head, goal, scores: [], bagged: false };
  const first = await crossFitted(tuning);
  expect(await crossFitted(tuning)).toBe(first);
  expect(passes.logits).toBe(1);
  expect(await crossFitted({ ...tuning })).toEqual(first);
  expect(passes.logits).toBe(2);
});
