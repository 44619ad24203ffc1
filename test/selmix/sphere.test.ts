/** Training on the sphere: rows keep their length, features have length 1, and the gain is there all the same. */
import { beforeAll, expect, it } from "vitest";
import { onSphere, unitRows } from "../../src/selmix/heads/sphere.ts";
import { type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { defaultSettings } from "../../src/selmix/steering/settings.ts";
import { tune } from "../../src/selmix/training/tune.ts";
import { useBackend } from "./backend.ts";
import { blobProblem } from "./blobs.ts";

beforeAll(() => useBackend("cpu"));

const lengthsOf = (values: Float32Array, size: number) =>
  Array.from({ length: values.length / size }, (_, row) =>
    Math.hypot(...values.subarray(row * size, (row + 1) * size)),
  );

/** A cosine head on features of unit length, with the frequent classes turned towards all others. */
function problem(): Problem {
  const made = blobProblem({
    ...{ classes: 4, size: 6, bias: false, validationPerBucket: 60 },
    trainCounts: [400, 200, 60, 20],
  });
  const unit = <Set extends Problem["train"]>(set: Set) => ({ ...set, rows: unitRows(set.rows) });
  const towards = made.head.weight.map((value, at) => value + (at >= 18 ? -0.6 : 0));
  return {
    ...made,
    head: onSphere({ ...made.head, weight: towards, rowLength: 30 }),
    train: unit(made.train),
    validation: unit(made.validation),
  };
}

it("features have unit length, in memory and as they are read; one of zeros stays so", () => {
  const rows = rowsInMemory(Float32Array.of(3, 4, 0, 0, -5, 12), 2);
  const expected = [0.6, 0.8, 0, 0, -5 / 13, 12 / 13];
  for (const made of [unitRows(rows), unitRows({ count: 3, size: 2, read: rows.read })]) {
    const values = new Float32Array(7).fill(9);
    made.read(0, 3, values, 1);
    expect(values[0]).toBe(9);
    for (const [at, value] of expected.entries()) expect(values[at + 1]).toBeCloseTo(value, 6);
  }
});

it("every head that is seen has rows of the length asked for, and the worst class gains", async () => {
  const given = problem();
  const settings = {
    ...{ ...defaultSettings, objective: "minRecall" as const, steps: 2000 },
    isHead: [true, true, false, false],
  };
  const values: number[] = [];
  const outcome = await tune(given, settings, { onCycle: ({ objective }) => void values.push(objective) });
  for (const head of [outcome.head, outcome.own])
    for (const length of lengthsOf(head.weight, 6)) expect(length).toBeCloseTo(30, 3);
  expect(outcome.head.bias).toBeNull();
  expect(outcome.method).toBe("selmix");
  expect(outcome.score.value).toBeGreaterThan((values[0] ?? 1) + 0.1);
});
