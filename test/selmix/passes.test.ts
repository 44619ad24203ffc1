/** A pass over validation is most of what a cycle takes at a thousand classes: none is made twice. */
import { beforeAll, expect, test } from "vitest";
import { countPredictions } from "../../src/selmix/confusion/tallies.ts";
import type { FeatureRows, Head, Problem } from "../../src/selmix/problem.ts";
import { scoreCounts } from "../../src/selmix/steering/score.ts";
import { defaultSettings, goalOf, type TuneSettings } from "../../src/selmix/steering/settings.ts";
import { tensors } from "../../src/selmix/tensors/tensors.ts";
import { runControl } from "../../src/selmix/training/controls.ts";
import { tune } from "../../src/selmix/training/tune.ts";
import type { Compute, FeatureSet } from "../../src/selmix/validation/evaluator.ts";
import { remembering } from "../../src/selmix/validation/remembered.ts";
import { useBackend } from "./backend.ts";
import { blobProblem, smallProblem } from "./blobs.ts";

beforeAll(() => useBackend("wasm"));

/** The same, which sets down the numbers of each head that is passed over as many rows. */
function counting(compute: Compute, count: number): { readonly compute: Compute; readonly passes: string[] } {
  const passes: string[] = [];
  const pass = (heads: readonly Head[]) => {
    for (const { weight, bias } of heads) passes.push([...weight, ...(bias ?? [])].join());
  };
  const counted = (set: FeatureSet): FeatureSet => ({
    rows: set.rows,
    predict(heads) {
      pass(heads);
      return set.predict(heads);
    },
    logits(head, use) {
      pass([head]);
      return set.logits(head, use);
    },
    rivals(head, labels, use) {
      pass([head]);
      return set.rivals(head, labels, use);
    },
    dispose: () => set.dispose(),
  });
  const features = (rows: FeatureRows, head: Head) => {
    const set = compute.features(rows, head);
    return rows.count === count ? counted(set) : set;
  };
  return { compute: { ...compute, features }, passes };
}

const settings = (problem: Problem, changes: Partial<TuneSettings> = {}): TuneSettings => ({
  ...defaultSettings,
  objective: "meanRecall",
  isHead: Array.from({ length: problem.classes }, () => true),
  steps: 40,
  ...changes,
});

test("the start is passed over once to be chosen and looked at, and once for offsets and their refits", async () => {
  const problem = smallProblem();
  const { rows } = problem.validation;
  // Logits that are kept through a cycle take passes of their own, of which there is none in a run without steps.
  const { compute, passes } = counting(tensors, rows.count);
  const { start } = await tune(problem, settings(problem, { steps: 0, start: "checkpoint" }), {}, compute);
  expect(start.kind).toBe("checkpoint");
  const [first] = passes;
  expect(passes.filter((one) => one === first)).toHaveLength(2);
});

test("all adjustments are chosen among by one pass over the checkpoint's logits", async () => {
  const problem = smallProblem();
  const { compute, passes } = counting(tensors, problem.validation.rows.count);
  await tune(problem, settings(problem, { steps: 0 }), {}, compute);
  const [checkpoint] = passes;
  expect(passes.filter((one) => one === checkpoint)).toHaveLength(1);
});

test("what was predicted, or seen on the way, is remembered of every head", async () => {
  const { head, validation } = smallProblem();
  const { compute, passes } = counting(tensors, validation.rows.count);
  const remembered = remembering(compute);
  const other: Head = { ...head, bias: (head.bias ?? new Float32Array(head.classes)).map((b, k) => b + k) };
  const known = tensors.features(validation.rows, head);
  const expected = await known.predict([head, other]);
  known.dispose();

  const first = remembered.features(validation.rows, head);
  await first.logits(head, () => undefined);
  expect(await first.predict([head, other])).toEqual(expected);
  first.dispose();
  const again = remembered.features(validation.rows, head);
  expect(await again.predict([other, head])).toEqual([...expected].reverse());
  again.dispose();
  expect(passes).toHaveLength(2);
});

test("of many classes a run leaves the offsets that its control would search for, and the tau", async () => {
  const classes = 450;
  const problem = blobProblem({
    ...{ classes, size: 12, validationPerBucket: 20 },
    trainCounts: Array.from({ length: classes }, (_unused, k) => 2 + (k % 5)),
  });
  const chosen = settings(problem, { steps: 2 });
  const { untrained, start } = await tune(problem, chosen);
  const control = await runControl("tunedBias", problem, chosen);
  expect(untrained.tau).toBe(start.tau);
  expect(untrained.tunedBias?.crossFit).not.toBeNull();
  const set = tensors.features(problem.validation.rows, problem.head);
  const heads = [problem.head, untrained.tunedBias?.head ?? problem.head, control.head];
  const [before, left, made] = (await set.predict(heads)).map((predictions) => {
    const counts = countPredictions(predictions, problem.validation.buckets, classes, classes);
    return scoreCounts(counts, problem.buckets, classes, goalOf(chosen)).value;
  });
  set.dispose();
  // In other coordinates, whose rounding may lead a search another way.
  expect(made).toBeGreaterThan(before + 0.02);
  expect(Math.abs(left - made)).toBeLessThan(0.01);
}, 120_000);
