/** Tables that are looked at while a configuration is edited: each state once, and none for longer than it is asked for. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TableSurveys } from "../../src/extension/tableSurveys.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-surveys-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function table(name: string, labels: readonly string[]): string {
  const file = path.join(folder, name);
  writeFileSync(file, ["a,b,label", ...labels.map((label, at) => `${at},0.5,${label}`)].join("\n"));
  return file;
}
const labels = ["cat", "dog", "cat", "dog"];

it("reads each state of a table once", async () => {
  const surveys = new TableSurveys();
  const file = table("train.csv", labels);
  const first = await surveys.of("one")(file);
  expect(first?.rows).toBe(4);
  expect(await surveys.of("one")(file)).toBe(first);
  table("train.csv", [...labels, "eel"]);
  utimesSync(file, 1, 1);
  expect((await surveys.of("one")(file))?.rows).toBe(5);
});

it("forgets tables that are not asked for any more, and those of configurations that are closed", async () => {
  const surveys = new TableSurveys();
  const files = ["a.csv", "b.csv"].map((name) => table(name, labels));
  for (const configuration of ["one", "two"]) {
    const look = surveys.of(configuration);
    await Promise.all(files.map(look));
  }
  expect(surveys.size).toBe(4);
  await surveys.of("one")(files[0] ?? "");
  expect(surveys.size).toBe(3);
  surveys.keep((configuration) => configuration === "one");
  expect(surveys.size).toBe(1);
});

it("has nothing of a table that is not there or cannot be read, and looks again once it can", async () => {
  const surveys = new TableSurveys();
  expect(await surveys.of("one")(path.join(folder, "none.csv"))).toBeNull();
  const file = path.join(folder, "late.parquet");
  writeFileSync(file, "half");
  expect(await surveys.of("one")(file)).toBeNull();
});
