/** `selmix sweep`: the table, the JSON, a point put in its place, and what is refused. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseCommandLine } from "../../src/cli/arguments.ts";
import { sweepReport } from "../../src/cli/sweepReport.ts";
import { screenOf, widthOf } from "../../src/cli/terminal.ts";
import { listRunFolders } from "../../src/project/readRuns.ts";
import { listSweepFolders } from "../../src/project/sweepFolder.ts";
import { sweepResult } from "../../src/protocol/jobResults.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";
import { syntheticSweep } from "../webview/syntheticSweep.ts";

const cli = path.resolve("dist/cli.mjs");
let workspace: Workspace;
beforeAll(() => {
  workspace = exampleWorkspace({ objective: "meanRecall", "tuning.controls": "none", "tuning.steps": 100 });
});
afterAll(() => rmSync(workspace.folder, { recursive: true, force: true }));

async function selmix(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const child = spawn(process.execPath, [cli, ...words], {
    cwd: workspace.folder,
    env: { ...process.env, FORCE_COLOR: "0" },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (part) => {
    out += part;
  });
  child.stderr.on("data", (part) => {
    err += part;
  });
  const [status] = await once(child, "close");
  return { status, out, err };
}

const recall = ["sweep", "--metric", "recall", "--bounds", "0.6,0.7,0.99"];

it("prints a line for each bound, and keeps the sweep for later", async () => {
  const { status, out, err } = await selmix(...recall);
  expect(status, err).toBe(0);
  expect(out).toMatch(/^checkpoints\/epoch-10\.safetensors: mean recall against recall of every class\n/);
  expect(out).toMatch(/\n1 +≥ 60 % .* \(\+\d.*✓ holds +t-shirt -\d/);
  expect(out).toMatch(/\n3 +≥ 99 % .*✗ none found/);
  expect(out).toContain("let test judge");
  expect(out).toMatch(/selmix use \S+ --point 1 writes/);
  expect(existsSync(workspace.output)).toBe(false);
  const [folder = ""] = listSweepFolders(workspace.folder);
  const used = await selmix("use", path.basename(folder), "--point", "1");
  expect([used.status, used.out]).toEqual([0, expect.stringContaining(`Wrote ${workspace.output}`)]);
  expect(listRunFolders(workspace.folder)).toHaveLength(1);
  const none = await selmix("use", path.basename(folder), "--point", "9");
  expect([none.status, none.err]).toEqual([1, expect.stringContaining("has no point 9")]);
}, 60_000);

it("prints one object as JSON, and with --use the head of a point is in its place", async () => {
  rmSync(workspace.output, { force: true });
  const { status, out } = await selmix(...recall, "--json", "--use", "1");
  expect(status).toBe(0);
  const printed = JSON.parse(out);
  const { sweep } = sweepResult.parse(printed);
  expect(sweep.points.map(({ bound }) => bound)).toEqual([0.6, 0.7, 0.99]);
  expect(sweep.points.map(({ verdict }) => verdict.decision).at(-1)).toBe("doNotUse");
  expect(printed.used).toMatchObject({ output: workspace.output, advised: true });
  expect(existsSync(workspace.output)).toBe(true);
}, 60_000);

it("replaces no file that is not SelMix's, unless it is told to", async () => {
  writeFileSync(workspace.output, "the user's");
  const refused = await selmix(...recall, "--use", "1");
  expect(refused.status).toBe(1);
  expect(refused.err).toContain("--replace");
  expect(readFileSync(workspace.output, "utf8")).toBe("the user's");
  expect((await selmix(...recall, "--use", "1", "--replace")).status).toBe(0);
  expect(readFileSync(workspace.output).length).toBeGreaterThan(1000);
}, 60_000);

it("refuses what it cannot sweep, before it reads anything", () => {
  const parse =
    (...words: string[]) =>
    () =>
      parseCommandLine(["sweep", ...words]);
  expect(parse("--bounds", "0.5,1.2")).toThrow("shares between 0 and 1");
  expect(parse("--bounds", "0.5,,0.6")).toThrow("shares between 0 and 1");
  expect(parse("--points", "1")).toThrow("at least 2");
  expect(parse("--points", "101")).toThrow("at most 100");
  expect(parse("--kind", "above")).toThrow("atLeast or atMost");
});

it.each([
  [[], "Which bound?"],
  [["--metric", "recal"], 'did you mean "recall"?'],
  [["--metric", "recallDifference", "--kind", "atLeast"], "can only be atMost"],
  [["--metric", "recall", "--bounds", "0.5", "--use", "2"], "beyond the 1 bounds"],
])("says what is wrong with %j", async (words, message) => {
  const { status, err } = await selmix("sweep", ...words);
  expect([status, err]).toEqual([2, expect.stringContaining(message)]);
});

it("fits the terminal, names the one who pays most where it is narrow, and more where it is wide", () => {
  const screen = (columns: number) => ({
    ...screenOf(process.stdout),
    columns,
    paint: (_: unknown, text: never) => text,
  });
  const narrow = sweepReport(syntheticSweep(), "/ws/.selmix/sweeps/a", screen(80) as never);
  for (const line of narrow.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(80);
  expect(narrow).toContain("Who pays most");
  expect(sweepReport(syntheticSweep(), "/ws/a", screen(140) as never)).toMatch(/Who pays(?! most)/);
  const unproved = sweepReport({ ...syntheticSweep(), confidence: 0.95 }, "/ws/a", screen(80) as never);
  expect(unproved).not.toContain("selmix use");
});
