/** Probabilities in the result, and a temperature folded into the head: predictions are the same on every row. */
import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { tuneReport } from "../../src/cli/report.ts";
import { probabilitiesText } from "../../src/words/probabilities.ts";
import { type MadeTable, madeTable, TableWorkspace } from "../support/tables.ts";
import { written } from "../support/written.ts";

let workspace: TableWorkspace;
const tables = {
  train: madeTable([600, 150, 50], 1),
  validation: madeTable([200, 200, 200], 2),
  test: madeTable([200, 200, 200], 3),
};
beforeEach(() => {
  workspace = new TableWorkspace();
  for (const name of ["train", "validation", "test"] as const) workspace.table(name, tables[name]);
});
afterEach(() => rmSync(workspace.folder, { recursive: true }));

/** Logits of every row, in float64, as a reader of the file computes them. */
async function logitsOf(file: string, { features }: MadeTable): Promise<number[][]> {
  const checkpoint = await openCheckpoint(file);
  const [weight, bias] = [await checkpoint.read("head.weight"), await checkpoint.read("head.bias")];
  await checkpoint.close();
  return features.map((row) =>
    [0, 1, 2].map((k) =>
      row.reduce((sum, value, d) => sum + Math.fround(value) * (weight[3 * k + d] ?? 0), bias[k] ?? 0),
    ),
  );
}

const winner = (logits: readonly number[]) => logits.indexOf(Math.max(...logits));

function logLoss(logits: readonly number[][], labels: readonly number[]): number {
  const losses = logits.map((row, at) => {
    const largest = Math.max(...row);
    const sum = row.reduce((total, value) => total + Math.exp(value - largest), 0);
    return Math.log(sum) + largest - (row[labels[at]] ?? 0);
  });
  return losses.reduce((total, loss) => total + loss, 0) / losses.length;
}

it("is measured before and after, and folded in on demand", async () => {
  workspace.configure({ objective: "minRecall", output: "plain.safetensors" });
  const plain = await workspace.tune();
  workspace.configure({ objective: "minRecall", output: "calibrated.safetensors", calibrate: true });
  const calibrated = await workspace.tune();
  const [was, is] = [plain.probabilities, calibrated.probabilities];
  if (!was?.test || !is?.test) throw new Error("probabilities are measured on both sets");

  // As a reader of the files computes it.
  const model = `${workspace.folder}/model.safetensors`;
  const { validation } = tables;
  const lossOf = async (file: string) => logLoss(await logitsOf(file, validation), validation.labels);
  expect(was.validation.before.logLoss).toBeCloseTo(await lossOf(model), 5);
  expect(was.validation.after.logLoss).toBeCloseTo(await lossOf(written(plain)), 5);
  expect(is.validation.after.logLoss).toBeCloseTo(await lossOf(written(calibrated)), 5);

  // No other temperature is better on validation.
  expect(was.temperature).toBeNull();
  expect(is.temperature).not.toBeNull();
  expect(is.validation.after.logLoss).toBeLessThan(was.validation.after.logLoss - 1e-4);
  const logits = await logitsOf(written(calibrated), validation);
  for (const factor of [0.98, 1.02]) {
    const other = logits.map((row) => row.map((value) => factor * value));
    expect(logLoss(other, validation.labels)).toBeGreaterThan(is.validation.after.logLoss);
  }

  // Every row of every table is predicted as without it.
  for (const table of Object.values(tables)) {
    const [before, after] = [
      await logitsOf(written(plain), table),
      await logitsOf(written(calibrated), table),
    ];
    expect(after.map(winner)).toEqual(before.map(winner));
  }
  expect(calibrated.after).toEqual(plain.after);
  expect(calibrated.verdict?.decision).toBe(plain.verdict?.decision);
});

it("stands in the report", async () => {
  workspace.configure({ objective: "minRecall", calibrate: true });
  const result = await workspace.tune();
  if (!result.probabilities) throw new Error("probabilities are measured");
  const screen = { columns: 100, paint: (_style: unknown, text: never) => text };
  const report = `${tuneReport(result, screen as never)}`.replace(/\s+/g, " ");
  expect(report).toContain("Probability log-loss ");
  expect(report).toMatch(/calibration error \(ECE\) .* on test; temperature .* is folded in, predictions/);
  expect(probabilitiesText({ ...result.probabilities, temperature: null, test: null })).toMatch(
    / on validation$/,
  );
});
