/** Configurations made to take long: the work of a check follows the size of the text, and that is limited. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { sizeLimits } from "../../src/files/regular.ts";
import { checkConfiguration, loadProject } from "../../src/project/load.ts";

const base = { checkpoints: ["a.pt"], features: { train: "t", validation: "v" } };
const textOf = (change: object) => JSON.stringify({ ...base, ...change });
const list = (count: number, one: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => one(i)).join();

function check(text: string) {
  const started = process.cpuUsage();
  const checked = checkConfiguration(text, "/w/selmix.json");
  const { user, system } = process.cpuUsage(started);
  return { ...checked, seconds: (user + system) / 1e6 };
}

const classes = Array.from({ length: 20_000 }, (_, i) => `class number ${i}`);

it.each<[string, string, RegExp | null]>([
  ["20,000 unknown keys", `{${list(20_000, (i) => `"k${i}":1`)}}`, /Unknown key "k0"/],
  [
    "20,000 unknown keys that are nearly known",
    `{${list(20_000, (i) => `"checkpoint${i}":1`)}}`,
    /Unknown key/,
  ],
  ["one key 100,000 times", `{${list(100_000, () => `"k":1`)}}`, /occurs twice/],
  ["a key of a megabyte", `{"${"checkpoints".repeat(100_000)}":1}`, /Unknown key/],
  ["numbers only", `{"checkpoints":[${"1,".repeat(sizeLimits.settings / 2 - 20)}1]}`, /at most 100 entries/],
  ["errors only", "]".repeat(sizeLimits.settings), /JSON|expected/],
  ["colons only", `{${":".repeat(500_000)}`, /expected/],
  ["nested 1,000,000 deep", "[".repeat(1_000_000), /nested/],
  ["nested deep and closed", `{"checkpoints":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, /nested/],
  ["nested deep where anything may stand", `{"a":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`, /nested/],
  ["20,000 classes", textOf({ classes }), null],
  ["20,000 classes of one name", textOf({ classes: classes.map(() => "x") }), /twice/],
  [
    "20,000 references to no class",
    textOf({ classes, headClasses: classes.map((name) => `${name}?`) }),
    /no class/,
  ],
  ["20,000 references to classes", textOf({ classes, headClasses: classes }), null],
  [
    "1,000 constraints on 20,000 classes",
    textOf({
      classes,
      constraints: classes
        .slice(0, 1000)
        .map((name) => ({ metric: "recall", classes: [name], atLeast: 0.1 })),
    }),
    null,
  ],
  [
    "1,000 constraints on no class",
    textOf({
      classes,
      constraints: classes
        .slice(0, 1000)
        .map((name) => ({ metric: "recall", classes: [`${name}?`], atLeast: 0.1 })),
    }),
    /no class/,
  ],
  [
    "10,000 constraints",
    textOf({ constraints: Array(10_000).fill({ metric: "recall", atLeast: 0.1 }) }),
    /at most 1000 entries/,
  ],
  ["100,000 wrong values", textOf({ classes: Array(100_000).fill(1) }), /must be text/],
  ["a glob of 60 kB", textOf({ checkpoints: ["a".repeat(60_000)] }), /at most 1000/],
  ["a glob of 200 stars", textOf({ checkpoints: ["*a".repeat(200)] }), /wildcards/],
  ["5,000 placeholders", textOf({ output: "${checkpointName}".repeat(5000) }), /at most 1000/],
  ["60 placeholders", textOf({ output: "${objective}".repeat(60) }), /placeholders/],
])("answers in time to %s", (_, text, message) => {
  const { configuration, problems, seconds } = check(text);
  expect(seconds).toBeLessThan(5);
  expect(problems.length).toBeLessThanOrEqual(200);
  if (message === null) expect(problems).toEqual([]);
  else expect(problems.map((problem) => problem.message).join("\n")).toMatch(message);
  expect(configuration === null).toBe(message !== null);
});

it("refuses a file over the limit, a folder and a device, each with a sentence", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-bounds-"));
  const file = path.join(folder, "selmix.json");
  writeFileSync(file, " ".repeat(sizeLimits.settings + 1));
  expect(() => loadProject(file)).toThrow(/over the limit/);
  expect(() => loadProject(folder)).toThrow(/not a file/);
  const zero = path.join(folder, "zero.json");
  symlinkSync("/dev/zero", zero);
  if (process.platform !== "win32") expect(() => loadProject(zero)).toThrow(/not a file/);
  rmSync(folder, { recursive: true });
});
