/** Objectives of one's own and bounds relative to the checkpoint, from selmix.json to the verdict, on tables made here. */
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objectiveKey } from "../../src/metrics/composed.ts";
import { type MadeTable, madeTable, TableWorkspace } from "../support/tables.ts";

const cost = [
  [0, 1, 1],
  [1, 0, 1],
  [8, 8, 0],
];
const weighted = { minRecall: 0.7, accuracy: 0.3 };

let workspace: TableWorkspace;
const tables = {
  train: madeTable([600, 150, 50], 1),
  validation: madeTable([500, 400, 300], 2),
  test: madeTable([450, 400, 300], 3),
};
beforeAll(() => {
  workspace = new TableWorkspace();
  for (const set of ["train", "validation", "test"] as const) workspace.table(set, tables[set]);
});
afterAll(() => rmSync(workspace.folder, { recursive: true }));

/** Weight [3,3] and bias [3] of a file, decoded here: a header of JSON behind its length, then numbers. */
function headOf(file: string) {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const numbers = (name: string) => {
    const [from = 0, to = 0] = header[name]?.data_offsets ?? [];
    return Array.from({ length: (to - from) / 4 }, (_one, at) =>
      bytes.readFloatLE(8 + length + from + 4 * at),
    );
  };
  return { weight: numbers("head.weight"), bias: numbers("head.bias") };
}

/** What a head of a file predicts, by plain sums. */
function predicted(file: string, { features }: MadeTable): number[] {
  const { weight, bias } = headOf(file);
  return features.map((row) => {
    const logits = bias.map((b, k) => b + row.reduce((sum, x, d) => sum + x * (weight[3 * k + d] ?? 0), 0));
    return logits.indexOf(Math.max(...logits));
  });
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const costOn = (table: MadeTable, predictions: readonly number[]) =>
  meanOf(table.labels.map((label, row) => cost[label]?.[predictions[row] ?? 0] ?? 0));
const recallsOn = ({ labels }: MadeTable, predictions: readonly number[]) =>
  [0, 1, 2].map((k) =>
    meanOf(labels.flatMap((label, row) => (label === k ? [predictions[row] === k ? 1 : 0] : []))),
  );

const checkpointOf = () => path.join(workspace.folder, "model.safetensors");

describe("a cost", () => {
  it("falls, is told in its unit, and is what the written head costs", async () => {
    workspace.configure({ objective: { cost }, tuning: { steps: 200, controls: "trainingFree" } });
    const key = objectiveKey({ cost });
    const result = await workspace.tune();
    expect(result.objective).toBe(key);
    const { verdict, output } = result;
    if (!verdict || !output) throw new Error("a head is written");
    const [before, after] = [checkpointOf(), output].map((file) =>
      costOn(tables.test, predicted(file, tables.test)),
    );
    expect(verdict.gain).toMatchObject({ metric: key });
    expect(verdict.gain.before).toBeCloseTo(before ?? 0, 6);
    expect(verdict.gain.after).toBeCloseTo(after ?? 0, 6);
    expect(verdict.gain.change).toBeLessThan(0);
    expect(verdict.gain.high).toBeLessThan(0);
    expect(verdict.decision).toMatch(/^use/);
    expect(verdict.reason).toBe("better");
    expect(verdict.sentence).toMatch(
      /expected cost fell by [\d.]+ \(−[\d.]+ to −[\d.]+\) on test, 1\.\d+\u00a0→\u00a00\.\d+;/,
    );
    // A class whose mistakes cost eight times as much is recognised more often.
    expect(recallsOn(tables.test, predicted(output, tables.test))[2]).toBeGreaterThan(
      (recallsOn(tables.test, predicted(checkpointOf(), tables.test))[2] ?? 0) + 0.1,
    );
    expect(path.basename(result.runFolder)).toMatch(/-cost$/);
  });

  it("makes every fix that costs less come first, and is measured by evaluate too", async () => {
    const { sets, evaluation } = await workspace.evaluate();
    const key = objectiveKey({ cost });
    const own = costOn(tables.validation, predicted(checkpointOf(), tables.validation));
    expect(evaluation.validation.own?.[key]).toBeCloseTo(own, 6);
    expect(sets.validation.metrics[key]?.value).toBeCloseTo(own, 6);
  });

  it("does not call a head better that costs more", async () => {
    // Already at its best: what is tuned can only be as good, or worse.
    workspace.model("model", [-1.2, -1.2, 1.6]);
    const { verdict } = await workspace.tune();
    workspace.model("model", [1.2, 0.3, -1]);
    if (!verdict) throw new Error("every run has a verdict");
    const isBetter = verdict.decision === "use" || verdict.decision === "useBaseline";
    expect(isBetter).toBe(isBetter && verdict.gain.high < 0);
    if (verdict.reason === "harmful") expect(verdict.gain.low).toBeGreaterThan(0);
  });
});

it("a weighted sum rises, and is that of the metrics beside it", async () => {
  workspace.configure({ objective: { weighted } });
  const result = await workspace.tune();
  const key = objectiveKey({ weighted });
  const { verdict, changes, after } = result;
  expect(verdict?.gain.metric).toBe(key);
  expect(verdict?.gain.low).toBeGreaterThan(0);
  for (const one of [after.validation, after.test])
    expect(one?.own?.[key]).toBeCloseTo(0.7 * (one?.minRecall ?? 0) + 0.3 * (one?.accuracy ?? 0), 12);
  expect(changes.test?.own?.[key]?.change.value).toBeCloseTo(verdict?.gain.change ?? 0, 12);
  const history = readFileSync(path.join(result.runFolder, "history.jsonl"), "utf8").trim().split("\n");
  const [first] = history.map((line) => JSON.parse(line) as { objective: number });
  expect(first?.objective).toBeGreaterThan(0.3);
  expect(verdict?.sentence).toContain("0.7 worst-class recall + 0.3 accuracy rose by");
});

describe("bounds relative to the checkpoint", () => {
  const within = (change: number) => ({ before: change });

  it("are kept on the rows, said by their paired change, and hold on test", async () => {
    workspace.configure({
      objective: "minRecall",
      constraints: [
        { metric: "accuracy", atLeast: within(-0.02) },
        { metric: "recall", atLeast: within(-0.15) },
      ],
    });
    const result = await workspace.tune();
    if (!result.output) throw new Error("a head is written");
    const recalls = [checkpointOf(), result.output].map((file) =>
      recallsOn(tables.test, predicted(file, tables.test)),
    );
    const worst = Math.min(...[0, 1, 2].map((k) => (recalls[1]?.[k] ?? 0) - (recalls[0]?.[k] ?? 0)));
    const [accuracy, recall] = result.constraints;
    expect(accuracy).toMatchObject({ bound: -0.02, relative: true, status: "holds", satisfied: true });
    expect(accuracy?.test?.value).toBeCloseTo(
      (result.after.test?.accuracy ?? 0) - (result.before.test?.accuracy ?? 0),
      12,
    );
    expect(recall).toMatchObject({ bound: -0.15, relative: true, status: "holds" });
    expect(recall?.test?.value).toBeCloseTo(worst, 6);
    expect(recall?.value).toBeGreaterThanOrEqual(-0.15);
    expect(result.after.test?.minRecall).toBeGreaterThan((result.before.test?.minRecall ?? 1) + 0.05);
  });

  it("are kept by the checkpoint itself without doubt", async () => {
    workspace.configure({ constraints: [{ metric: "recall", atLeast: within(0) }] });
    const [verdict] = (await workspace.evaluate()).constraints;
    expect(verdict).toMatchObject({ value: 0, low: 0, high: 0, status: "holds", satisfied: true });
    expect(verdict?.test).toMatchObject({ value: 0, status: "holds" });
  });

  it("cannot be proved, which is said before anything is tuned", async () => {
    workspace.configure({ confidence: 0.95, constraints: [{ metric: "accuracy", atLeast: within(-0.02) }] });
    await expect(workspace.tune()).rejects.toThrow(
      /relative to the checkpoint; bound it by a number, or remove/,
    );
  });

  it("leave nothing to tune where nobody may lose anything and the worst class may not stay", async () => {
    workspace.configure({
      objective: "minRecall",
      constraints: [
        { metric: "recall", atLeast: within(0) },
        { metric: "recall", classes: ["owl"], atLeast: within(0.1) },
      ],
    });
    const { verdict } = await workspace.tune();
    expect(verdict?.decision).toBe("doNotUse");
    expect(verdict?.sentence).toContain("recall of owl ≥ before + 10 points (0.0 points on validation)");
  });
});
