/** `selmix report` and `selmix check`, as a person, a script and CI run them. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { png } from "../../src/files/png.ts";
import { listRunFolders } from "../../src/project/readRuns.ts";
import { runFiles } from "../../src/project/runFolder.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";

const cli = path.resolve("dist/cli.mjs");
let workspace: Workspace;
let run = "";

function selmix(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    ...{ cwd: workspace.folder, encoding: "utf8", maxBuffer: 2 ** 26 },
    env: { ...process.env, FORCE_COLOR: "0" },
  });
  return { status, out: stdout, err: stderr };
}

beforeAll(() => {
  workspace = exampleWorkspace({ "tuning.controls": "none", "tuning.steps": 200 });
  const words = ["tune", "--metrics", "metrics.json"];
  execFileSync(process.execPath, [cli, ...words], { cwd: workspace.folder, stdio: "pipe" });
  [run = ""] = listRunFolders(workspace.folder);
}, 120_000);
afterAll(() => rmSync(workspace.folder, { recursive: true, force: true }));

const metricsOf = (file: string): Record<string, number> =>
  JSON.parse(readFileSync(path.join(workspace.folder, file), "utf8"));

describe("selmix report", () => {
  it("is one HTML file: nothing runs, nothing is loaded, no path of this machine", () => {
    const { status, out } = selmix("report", "--html");
    expect(status).toBe(0);
    expect(out).toMatch(/^<!DOCTYPE html>/);
    expect(out).toContain("default-src 'none'");
    expect(out).not.toMatch(/<script|<link|<iframe|\bon\w+=|(?:src|href)="(?!data:image\/png)/i);
    expect(out).not.toContain(workspace.folder);
    expect(out.match(/<svg /g)?.length).toBeGreaterThan(6);
    for (const part of ["shirt", "Gain", "Confusion", "Audit"]) expect(out).toContain(part);
  });

  it("is a model card without a path of this machine, and data for programs", () => {
    const card = selmix("report", path.basename(run), "--md");
    expect(card.status).toBe(0);
    expect(card.out).toMatch(/^## Last layer tuned with SelMix/);
    expect(card.out).not.toContain(workspace.folder);
    expect(selmix("report", run).out).toBe(card.out);
    const { out } = selmix("report", "--json");
    expect(out.trim().split("\n")).toHaveLength(1);
    const record = JSON.parse(out);
    expect(record.metrics).toEqual(metricsOf("metrics.json"));
    expect(record.tables[0].rows[0]).toHaveProperty("before");
  });

  it("writes where it is told, over its own and nothing else", () => {
    const file = path.join(workspace.folder, "report.html");
    writeFileSync(file, "mine");
    expect(selmix("report", "--html", "--output", "report.html")).toMatchObject({ status: 1, out: "" });
    expect(readFileSync(file, "utf8")).toBe("mine");
    expect(selmix("report", "--html", "--output", "report.html", "--replace")).toMatchObject({ status: 0 });
    expect(readFileSync(file, "utf8")).toMatch(/^<!DOCTYPE html>/);
    const read = selmix("report", "--html", "--output", "features/test.safetensors", "--replace");
    expect(read.status).toBe(2);
    expect(read.err).toMatch(/--output .*reads and never overwrites/);
  });

  it.each([
    [["report", "nothing"], /There is no run nothing/],
    [["report", "--html", "--md"], /one of --html, --md/],
    [["report", "--metrics", "metrics.txt"], /--metrics must name a file that ends in \.json/],
    [["check", "--junit", "junit.txt", "--baseline", "2"], /--junit must name a file that ends in \.xml/],
    [["check", "--baseline", "2", "--tolerance", "lots"], /--tolerance must be a number of points/],
    [["check"], /no "constraints" and no --baseline/],
  ])("%j is refused in a sentence", (words, sentence) => {
    const { status, out, err } = selmix(...words);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toMatch(sentence);
  });
});

describe("selmix check", () => {
  const check = (...words: string[]) => {
    const { status, out } = selmix("check", ...words, "--json");
    return { status, result: JSON.parse(out) };
  };
  const changes = (result: { against: { values: { change: { low: number; high: number } }[] } }) =>
    result.against.values.map(({ change }) => change.high - change.low);

  it("passes what a run wrote against that run, on the same samples", () => {
    const { status, result } = check(workspace.output, "--baseline", path.basename(run));
    expect(status).toBe(0);
    expect(result).toMatchObject({ passed: true, against: { paired: true, set: "test" } });
    for (const { before, after, change } of result.against.values) {
      expect(after.value).toBe(before.value);
      expect(change.value).toBe(0);
    }
  });

  it("fails the checkpoint that the run made better, and names the class", () => {
    const { status, result } = check(workspace.checkpoint, "--baseline", run);
    expect(status).toBe(3);
    const [objective, , fallen] = result.against.values;
    expect(objective).toMatchObject({ metric: "minRecall", status: "missed" });
    expect(fallen).toMatchObject({ class: "shirt", status: "missed" });
    const all = check(workspace.checkpoint, "--baseline", run, "--tolerance", "60");
    expect(all).toMatchObject({ status: 0, result: { passed: true } });
  });

  it("is less sure of a run that did not keep its predictions, and says that the samples may be others", () => {
    const paired = check(workspace.output, "--baseline", run).result;
    const file = path.join(run, runFiles.predictions);
    const kept = readFileSync(file);
    try {
      for (const content of [kept.subarray(0, 9000), Buffer.from("{}\n")]) {
        writeFileSync(file, content);
        const { status, result } = check(workspace.output, "--baseline", run);
        expect(status).toBe(3);
        expect(result.against.paired).toBe(false);
        expect(result.checks.map((one: { status: string }) => one.status)).toContain("notJudged");
        const surer = changes(paired);
        for (const [at, width] of changes(result).entries()) expect(width).toBeGreaterThan(surer[at] ?? 1);
      }
    } finally {
      writeFileSync(file, kept);
    }
  });

  it("judges bounds: missed, and not judged, are exit status 3; JUnit counts both as failures", () => {
    const config = path.join(workspace.folder, "bounds.json");
    const own = JSON.parse(
      readFileSync(workspace.configuration, "utf8").replaceAll(/^\s*\/\/.*$|\s\/\/ .*$/gm, ""),
    );
    const bounds = (constraints: object[]) => writeFileSync(config, JSON.stringify({ ...own, constraints }));
    const junit = path.join(workspace.folder, "junit.xml");
    bounds([{ metric: "accuracy", atLeast: 0.5 }]);
    const words = ["check", workspace.checkpoint, "--config", "bounds.json", "--junit", "junit.xml"];
    expect(selmix(...words)).toMatchObject({ status: 0, out: expect.stringContaining("1 of 1 checks pass") });
    expect(readFileSync(junit, "utf8")).toMatch(/tests="1" failures="0"/);
    // On its edge: the value keeps the bound, the samples are too few to say so.
    bounds([
      { metric: "recall", atLeast: 0.9 },
      { metric: "accuracy", atLeast: 0.8462 },
    ]);
    const { status, out } = selmix(...words);
    expect(status).toBe(3);
    expect(out).toMatch(/✗ Recall of shirt ≥ 90/);
    expect(out).toMatch(/○ Accuracy/);
    const xml = readFileSync(junit, "utf8");
    expect(xml).toMatch(/tests="2" failures="2" errors="0" skipped="0"/);
    expect(xml.match(/<failure type="(missed|not judged)"/g)).toHaveLength(2);
    const python = spawnSync("python3", [
      "-c",
      "import sys, xml.dom.minidom as m; m.parse(sys.argv[1])",
      junit,
    ]);
    if (python.error === undefined) expect(python.status).toBe(0);
    const markdown = selmix("check", workspace.checkpoint, "--config", "bounds.json", "--md");
    expect(markdown.status).toBe(3);
    expect(markdown.out).toMatch(/^### ✗ SelMix check of `epoch-10.safetensors`: 0 of 2 checks pass/);
    expect(existsSync(path.join(workspace.folder, "metrics.json"))).toBe(true);
  });
});

it("makes PNG files that hold the cells", () => {
  const rgba = Uint8ClampedArray.from({ length: 3 * 2 * 4 }, (_, at) => at * 10);
  const bytes = png({ columns: 3, rows: 2, rgba });
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  expect([width, height]).toEqual([3, 2]);
  const data = bytes.indexOf("IDAT");
  const lines = inflateSync(bytes.subarray(data + 4, data + 4 + bytes.readUInt32BE(data - 4)));
  const cells = [0, 1].flatMap((row) => [...lines.subarray(row * 13 + 1, row * 13 + 13)]);
  expect(cells).toEqual([...rgba]);
});
