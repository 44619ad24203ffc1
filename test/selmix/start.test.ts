/** Where training starts, by the smoothed score of validation. */
import { beforeAll, expect, test } from "vitest";
import { bestAdjustment, classCounts } from "../../src/selmix/heads/logitAdjustment.ts";
import { type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { defaultSettings, goalOf } from "../../src/selmix/steering/settings.ts";
import { tensors } from "../../src/selmix/tensors/tensors.ts";
import { Validation } from "../../src/selmix/validation/validation.ts";
import { useBackend } from "./backend.ts";
import { smallProblem } from "./blobs.ts";

beforeAll(() => useBackend("wasm"));

async function adjustmentOf(problem: Problem) {
  const isHead = Array.from({ length: problem.classes }, (_unused, k) => k < 4);
  const validation = new Validation(problem, tensors);
  const goal = goalOf({ ...defaultSettings, objective: "minRecall", isHead });
  const found = await bestAdjustment(problem, validation, goal, classCounts(problem));
  validation.dispose();
  return found;
}

test("one validation row of a huge norm does not switch the choice off", async () => {
  const problem = smallProblem();
  const { rows, buckets } = problem.validation;
  const values = new Float32Array(rows.count * rows.size);
  rows.read(0, rows.count, values, 0);
  for (let i = 0; i < rows.size; i++) values[i] *= 40_000;
  const wild = { ...problem, validation: { rows: rowsInMemory(values, rows.size), buckets } };
  const [calm, withRow] = [await adjustmentOf(problem), await adjustmentOf(wild)];
  expect(calm.tau).toBeGreaterThan(0);
  expect(withRow.tau).toBeCloseTo(calm.tau, 1);
  expect(withRow.score.value).toBeCloseTo(calm.score.value, 1);
  expect(withRow.spread).toBeCloseTo(calm.spread, 1);
});

test("it may go beyond tau = 2", async () => {
  const problem = smallProblem();
  const { head } = problem;
  // A head that favours frequent classes two and a half times as much as their shares.
  const middle = Math.log(45);
  const bias =
    head.bias?.map((value, k) => value + 1.6 * (Math.log([400, 130, 45, 15, 5][k]) - middle)) ?? null;
  const { tau } = await adjustmentOf({ ...problem, head: { ...head, bias } });
  expect(tau).toBeGreaterThan(2);
  expect(tau).toBeLessThanOrEqual(3);
});
