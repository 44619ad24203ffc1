/** What mends a selmix.json: each fix, applied, leaves one mistake fewer. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { applyEdits, parse } from "jsonc-parser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { surveyTable } from "../../src/features/survey.ts";
import { checkConfiguration, problemsOf } from "../../src/project/load.ts";
import { missingTables, unnamedClasses } from "../../src/project/tableFindings.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

const start = '{\n  "checkpoints": ["c/*.pt"],\n  "features": { "train": "t.npz", "validation": "v.npz" }';
const file = "/ws/selmix.json";

/** The text after its first problem's fix of this title. */
function mended(text: string, title: string): string {
  const [problem] = checkConfiguration(text, file).problems;
  const fix = problem?.fixes?.find((one) => one.title === title);
  if (!fix) throw new Error(`no fix "${title}" among ${problem?.fixes?.map((one) => one.title).join(", ")}`);
  return applyEdits(text, [...fix.edits()]);
}

it.each([
  ["an unknown key", `${start},\n  "objektive": "hMean" // kept\n}`, 'Change to "objective"'],
  ["an unknown value", `${start},\n  "objective": "hMeen"\n}`, 'Change to "hMean"'],
  [
    "a class that is called otherwise",
    `${start},\n  "classes": ["cat", "eel"],\n  "constraints": [{ "metric": "recall", "classes": ["eal"], "atLeast": 0.5 }]\n}`,
    'Change to "eel"',
  ],
  [
    "a class that nobody named",
    `${start},\n  "classes": ["cat", "eel"],\n  "constraints": [{ "metric": "recall", "classes": ["zebra"], "atLeast": 0.5 }],\n}`,
    'Add "zebra" to "classes"',
  ],
])("mends %s", (_, text, title) => {
  expect(checkConfiguration(mended(text, title), file).problems).toEqual([]);
});

it("keeps comments and everything else as it was", () => {
  const text = `${start},\n  "objektive": "hMean" // kept\n}`;
  expect(mended(text, 'Change to "objective"')).toBe(text.replace("objektive", "objective"));
});

it("says of what is no JSON that any editor of JSON tells it, and of nothing else", () => {
  const isSyntax = (text: string) =>
    checkConfiguration(text, file).problems.map((one) => one.isSyntax === true);
  expect(isSyntax(`${start} "objective": "hMean" }`)).toContain(true);
  expect(isSyntax(`${start},\n "autoRetune": false,\n "autoRetune": true }`)).toEqual([true]);
  expect(isSyntax(`${start},\n "objektive": "hMean" }`)).toEqual([false]);
});

describe("against the tables", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "selmix-fixes-"));
    mkdirSync(path.join(folder, "features"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, labels: readonly number[]) =>
    writeFileSync(
      path.join(folder, "features", name),
      makeSafetensors({
        features: { dtype: "F32", shape: [labels.length, 2], values: labels.flatMap((label) => [label, 1]) },
        labels: { dtype: "I64", shape: [labels.length], values: labels },
      }),
    );
  const project = (change: object) => {
    const text = JSON.stringify({
      checkpoints: ["*.pt"],
      features: { train: "features/train.safetensors", validation: "features/val.safetensors" },
      ...change,
    });
    const { configuration } = checkConfiguration(text, path.join(folder, "selmix.json"));
    if (!configuration) throw new Error("not valid");
    return { text, folder, configuration };
  };
  const survey = (table: string) => surveyTable(table, 0, false).catch(() => null);

  it("names a table that is missing, and the file that is called most like it", () => {
    write("train.safetensors", [0, 1]);
    write("vall.safetensors", [0, 1]);
    const { text, ...one } = project({});
    const [problem, ...others] = problemsOf(text, missingTables(one));
    expect(others).toEqual([]);
    expect(problem?.message).toBe(
      'There is no features/val.safetensors; did you mean "features/vall.safetensors"?',
    );
    const after = applyEdits(text, [...(problem?.fixes?.[0]?.edits() ?? [])]);
    expect(parse(after).features.validation).toBe("features/vall.safetensors");
  });

  it("misses the table that is to prove bounds as any other", () => {
    write("train.safetensors", [0, 1]);
    write("val.safetensors", [0, 1]);
    const features = { train: "features/train.safetensors", validation: "features/val.safetensors" };
    const [finding, ...others] = missingTables(
      project({ features: { ...features, certify: "features/vall.safetensors" }, confidence: 0.95 }),
    );
    expect(others).toEqual([]);
    expect(finding?.path).toEqual(["features", "certify"]);
    expect(finding?.message).toMatch(/^There is no features\/vall\.safetensors; did you mean/);
    // A share of validation is no file.
    expect(missingTables(project({ features: { ...features, certify: 0.4 }, confidence: 0.95 }))).toEqual([]);
  });

  it("says nothing of tables that a command makes", () => {
    expect(
      missingTables(project({ features: { train: "t.npz", validation: "v.npz", command: ["make"] } })),
    ).toEqual([]);
  });

  it.each([
    [["cat", "dog"], [0, 1, 2, 2], 'Add "class 2" to "classes"', ["cat", "dog", "class 2"]],
    [["cat", "dog"], [0, 1, 3, 3], 'Add 2 names to "classes"', ["cat", "dog", "class 2", "class 3"]],
  ])("adds the classes that %j leaves unnamed", async (classes, labels, title, expected) => {
    write("train.safetensors", labels);
    write("val.safetensors", [0, 1]);
    const { text, ...one } = project({ classes });
    const [problem, ...others] = problemsOf(text, await unnamedClasses(one, survey));
    expect(others).toEqual([]);
    expect(problem?.message).toContain("features/train.safetensors has labels up to");
    expect(problem?.fixes?.map((fix) => fix.title)).toEqual([title]);
    const after = applyEdits(text, [...(problem?.fixes?.[0]?.edits() ?? [])]);
    expect(parse(after).classes).toEqual(expected);
  });

  it("is silent where every class has a name, or none has", async () => {
    write("train.safetensors", [0, 1, 1]);
    write("val.safetensors", [0, 1]);
    expect(await unnamedClasses(project({ classes: ["cat", "dog"] }), survey)).toEqual([]);
    expect(await unnamedClasses(project({}), survey)).toEqual([]);
  });

  it("knows labels of text by their names", async () => {
    writeFileSync(path.join(folder, "t.csv"), "a_0,a_1,a_2,a_3,label\n1,2,3,4,cat\n1,2,3,4,eel\n");
    const { text, ...one } = project({
      features: { train: "t.csv", validation: "t.csv" },
      classes: ["cat", "dog"],
    });
    const [problem] = problemsOf(text, await unnamedClasses(one, survey));
    expect(problem?.message).toContain('t.csv has the class "eel"');
  });
});
