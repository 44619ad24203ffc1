/** Run folders that other versions wrote: those of 0.1.0 as they are kept in the fixtures, and those of versions to come. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resumable } from "../../src/engine/run/resume.ts";
import { readGain, readRun } from "../../src/project/readRuns.ts";
import { packedSnapshot, packSnapshot, type RunSnapshot } from "../../src/protocol/packedSnapshot.ts";

const fixtures = path.resolve("test/fixtures/runs-0.1.0");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-older-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function read(runFolder: string): RunSnapshot {
  const snapshot = readRun(runFolder);
  if (!snapshot?.result) throw new Error(`${runFolder} is read with its result`);
  return snapshot;
}

describe.each([
  { name: "plain", buckets: 3, constraints: ["coverage[eel]", "precision[eel]", "tailCoverage"] },
  {
    name: "grouped",
    buckets: 6,
    constraints: [
      "recallGap[cat, outdoors : indoors]",
      "equalizedOddsGap[eel, indoors : outdoors, false positives]",
      "coverageRatio[eel, outdoors : indoors]",
    ],
  },
])("a run of 0.1.0, $name", ({ name, buckets, constraints }) => {
  const runFolder = path.join(fixtures, name);

  it("is read whole, and crosses to a page", () => {
    const snapshot = read(runFolder);
    const { run, history, result, confusion } = packedSnapshot.parse(packSnapshot(snapshot));
    expect(run).toMatchObject({ version: 2, selmix: "0.1.0", state: "done", objective: "minRecall" });
    const lines = readFileSync(path.join(runFolder, "history.jsonl"), "utf8").trim().split("\n");
    expect(history).toHaveLength(lines.length);
    expect(history.map(({ step }) => step)).toEqual(lines.map((line) => JSON.parse(line).step));
    const written = JSON.parse(readFileSync(path.join(runFolder, "result.json"), "utf8"));
    const { recall, minRecall } = written.after.test;
    expect(result?.after.test).toMatchObject({ recall, minRecall });
    expect(result?.changes.test).toEqual(written.changes.test);
    expect(result?.buckets).toHaveLength(buckets);
    expect(confusion.afterTest).toHaveLength(buckets * 3);
    expect(readGain(runFolder, 0, buckets)?.gain).toHaveLength(buckets ** 2);
  });

  it("keeps its verdicts, under the names that they had", () => {
    const { result } = read(runFolder);
    expect(result?.constraints.map(({ metric }) => metric)).toEqual(constraints);
    for (const { status, satisfied, value, bound, kind, test } of result?.constraints ?? []) {
      expect(status).toBe(satisfied ? "holds" : "missed");
      const onTest = test?.value ?? Number.NaN;
      expect(test?.status).toBe(
        (kind === "atLeast" ? onTest >= bound : onTest <= bound) ? "holds" : "missed",
      );
      expect(value).toBeGreaterThan(0);
    }
  });
});

it("a configuration of 0.1.0 is understood when its run is resumed, under the ids of today", () => {
  const copy = path.join(folder, ".selmix", "runs", "grouped");
  cpSync(path.join(fixtures, "grouped"), copy, { recursive: true });
  const record = JSON.parse(readFileSync(path.join(copy, "run.json"), "utf8"));
  const configurationPath = path.join(folder, "selmix.json");
  writeFileSync(configurationPath, JSON.stringify(record.configuration));
  writeFileSync(
    path.join(copy, "run.json"),
    JSON.stringify({ ...record, state: "failed", configurationPath, checkpoint: path.join(folder, "a.pt") }),
  );
  const { project } = resumable(copy, { configurationPath, checkpoint: null, trigger: "user" });
  expect(project.configuration.constraints.map(({ metric }) => metric)).toEqual([
    "recallDifference",
    "equalizedOddsDifference",
    "coverageRatio",
  ]);
});

/** The fixture as another version might have written it. */
function changed(change: { run?: object; result?: object; after?: object }): string {
  const copy = path.join(folder, "changed");
  cpSync(path.join(fixtures, "plain"), copy, { recursive: true });
  for (const [file, fields] of [
    ["run.json", change.run],
    ["result.json", change.result],
  ] as const) {
    const record = { ...JSON.parse(readFileSync(path.join(copy, file), "utf8")), ...fields };
    if (file === "result.json") Object.assign(record.after.validation, change.after);
    writeFileSync(path.join(copy, file), JSON.stringify(record));
  }
  return copy;
}

describe("a metric that is not known", () => {
  it("as the objective leaves the run readable", () => {
    const unknown = { objective: "kappa" };
    const { run, result } = read(changed({ run: unknown, result: unknown }));
    expect([run.objective, result?.objective]).toEqual(["kappa", "kappa"]);
  });

  it("in an evaluation is left out, and one that is missing is missing", () => {
    const after = { kappa: 0.4, gMean: undefined };
    const { result } = read(changed({ after }));
    expect(result?.after.validation).not.toHaveProperty("kappa");
    expect(result?.after.validation.gMean).toBeUndefined();
    expect(result?.after.validation.hMean).toBeGreaterThan(0);
  });

  it("under a constraint is told by its id", () => {
    const verdict = {
      ...{ metric: "kappa", kind: "atLeast", bound: 0.5, value: 0.4, low: 0.3, high: 0.5 },
      ...{ part: "kappa", attribute: null, classes: [], groups: [], reason: null, test: null },
      ...{ status: "missed", satisfied: false },
    };
    const { result } = read(changed({ run: { version: 2 }, result: { version: 2, constraints: [verdict] } }));
    expect(result?.constraints).toEqual([verdict]);
  });
});
