/** The built command line, as a user or a script runs it. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contentHash } from "../../src/checkpoints/identity.ts";
import { listRunFolders, readRun } from "../../src/project/readRuns.ts";
import { jobResults } from "../../src/protocol/engine.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";
import { written } from "../support/written.ts";

const cli = path.resolve("dist/cli.mjs");

let workspace: Workspace;
const start = (values: Record<string, unknown> = {}) => {
  workspace = exampleWorkspace({ "tuning.controls": "none", "tuning.steps": 100, ...values });
};
beforeEach(() => start());
afterEach(() => rmSync(workspace.folder, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function selmix(
  words: readonly string[],
  interruptWhen?: (err: string, out: string) => boolean,
): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...words], {
    cwd: workspace.folder,
    env: { ...process.env, FORCE_COLOR: "0" },
  });
  let [out, err] = ["", ""];
  let interrupted = false;
  const look = () => {
    if (interrupted || !interruptWhen?.(err, out)) return;
    interrupted = true;
    child.kill("SIGINT");
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    look();
  });
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, out, err })));
}

const hashOf = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
const sentences = (text: string) =>
  text
    .trim()
    .split("\n")
    .filter((line) => line.startsWith("selmix:"));

describe("selmix tune", () => {
  it("prints one JSON object, writes the tuned copy and the run, and leaves the source alone", async () => {
    const source = hashOf(workspace.checkpoint);
    const { status, out } = await selmix(["tune", "--json", "--steps", "200"]);
    expect(status).toBe(0);
    expect(out.trim().split("\n")).toHaveLength(1);
    const result = jobResults.tune.parse(JSON.parse(out));
    expect(result).toMatchObject({ objective: "minRecall", steps: 200, output: workspace.output });
    expect(result.after.validation.minRecall).toBeGreaterThan(
      (result.before.validation.minRecall ?? 1) + 0.1,
    );
    expect(hashOf(workspace.checkpoint)).toBe(source);
    const run = readRun(result.runFolder);
    expect(run?.run).toMatchObject({
      state: "done",
      checkpointHash: await contentHash([workspace.checkpoint]),
      checkpointName: "epoch-10",
    });
    expect(run?.result).toEqual(result);
    expect(run?.confusion.afterTest).toHaveLength(100);
  });

  it("gives the same head for the same seed, byte for byte, and another for another", async () => {
    const heads: string[] = [];
    for (const seed of ["3", "3", "4"]) {
      await selmix(["tune", "--steps", "500", "--seed", seed]);
      heads.push(hashOf(workspace.output));
    }
    expect(heads[1]).toBe(heads[0]);
    expect(heads[2]).not.toBe(heads[0]);
  });

  it("takes choices from the command line over those of the file", async () => {
    const { status, out } = await selmix([
      "tune",
      "--json",
      "--prior",
      "train",
      "--margin",
      "0",
      "--calibrate",
      "--steps",
      "20",
    ]);
    expect(status).toBe(0);
    const { runFolder } = jobResults.tune.parse(JSON.parse(out));
    expect(readRun(runFolder)?.run.configuration).toMatchObject({
      prior: "train",
      margin: 0,
      calibrate: true,
    });
  });

  it("says where a choice does not go with the file", async () => {
    const { status, err } = await selmix(["tune", "--groups-at-prediction"]);
    expect(status).toBe(1);
    expect(sentences(err)).toEqual([
      expect.stringMatching(/"groupsAtPrediction" needs the groups of every row/),
    ]);
  });

  it("reports to a person in plain text when nobody looks", async () => {
    const { status, out, err } = await selmix([
      "tune",
      "checkpoints/epoch-10.safetensors",
      "--objective",
      "hMean",
    ]);
    expect(status).toBe(0);
    expect(out + err).not.toContain("\u001b");
    for (const part of ["shirt", "ankle boot", "harmonic mean", "95 %", "Start", ".selmix"])
      expect(out).toContain(part);
  });

  it("exits with 3 when a constraint is not satisfied", async () => {
    start({ constraints: [{ metric: "recall", atLeast: 0.99 }] });
    const { status, out } = await selmix(["tune", "--json"]);
    expect(status).toBe(3);
    const { constraints, verdict, output } = jobResults.tune.parse(JSON.parse(out));
    expect(constraints).toMatchObject([
      { metric: "recall", classes: [expect.any(String)], status: "missed", satisfied: false },
    ]);
    expect(verdict).toMatchObject({ decision: "doNotUse", reason: "nothingFeasible" });
    expect(output).toBeNull();
    expect(existsSync(workspace.output)).toBe(false);
    const { out: told } = await selmix(["tune"]);
    expect(told).toMatch(/^Do not use it: no head keeps every bound/);
  });

  it("runs the controls", async () => {
    start({ "tuning.controls": "all", "tuning.steps": 50 });
    const { out } = await selmix(["tune", "--json"]);
    expect(jobResults.tune.parse(JSON.parse(out)).controls).toHaveLength(6);
  });

  it("stops on Ctrl-C: exit 130, state cancelled, no file", async () => {
    const { status, err } = await selmix(["tune", "--steps", "5000000"], (text) => text.includes("Tuning"));
    expect(status).toBe(130);
    expect(err).toContain("Stopped");
    const [folder = ""] = listRunFolders(workspace.folder);
    expect(readRun(folder)?.run.state).toBe("cancelled");
    expect(existsSync(path.dirname(workspace.output))).toBe(false);
  });
});

describe("checkpoints that a library saves into folders, all by one name", () => {
  beforeEach(() => {
    start({ checkpoints: ["out/*/model.safetensors"] });
    for (const step of [19, 38]) {
      const folder = path.join(workspace.folder, `out/checkpoint-${step}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, "model.safetensors"), readFileSync(workspace.checkpoint));
      for (const other of ["config.json", "optimizer.pt", "training_args.bin"])
        writeFileSync(path.join(folder, other), "");
    }
  });

  it("are tuned into files of their own, named as files or as folders", async () => {
    const outputs: string[] = [];
    for (const named of ["out/checkpoint-19/model.safetensors", "out/checkpoint-38"]) {
      const { status, out } = await selmix(["tune", named, "--json", "--steps", "20"]);
      expect(status).toBe(0);
      const result = jobResults.tune.parse(JSON.parse(out));
      const { runFolder } = result;
      const output = written(result);
      outputs.push(path.relative(workspace.folder, output));
      expect(runFolder).toContain(path.basename(path.dirname(output)).split(".")[0]);
    }
    expect(outputs).toEqual([
      "tuned/checkpoint-19.selmix/model.safetensors",
      "tuned/checkpoint-38.selmix/model.safetensors",
    ]);
    expect(readdirSync(path.join(workspace.folder, "tuned/checkpoint-19.selmix")).sort()).toEqual([
      "config.json",
      "model.safetensors",
    ]);
  });

  it("are inspected as folders, and where two lie in one it is asked which is meant", async () => {
    const one = await selmix(["inspect", "out/checkpoint-38"]);
    expect(one.status).toBe(0);
    expect(one.out).toContain("out/checkpoint-38/model.safetensors");
    writeFileSync(path.join(workspace.folder, "out/checkpoint-38/other.pt"), "");
    expect((await selmix(["inspect", "out/checkpoint-38/"])).status).toBe(0);
    const two = await selmix(["inspect", "out/checkpoint-38", "--config", "none.json"]);
    expect(two.status).toBe(1);
    expect(two.err).toMatch(/holds several checkpoints, model\.safetensors, other\.pt; name one/);
  });
});

describe("the other commands", () => {
  it("evaluate", async () => {
    const { status, out } = await selmix(["evaluate", "--json"]);
    expect(status).toBe(0);
    const { evaluation } = jobResults.evaluate.parse(JSON.parse(out));
    expect(evaluation.test?.recall).toHaveLength(10);
  });

  it("evaluate --csv, which replaces only what it wrote, and never what it reads", async () => {
    const file = path.join(workspace.folder, "classes.csv");
    const text = () => readFileSync(file, "utf8");
    writeFileSync(file, "precious\n");
    const taken = await selmix(["evaluate", "--csv", file]);
    expect(taken).toMatchObject({ status: 1, out: "" });
    expect(sentences(taken.err)).toEqual([expect.stringMatching(/not what SelMix wrote.*--replace/)]);
    expect(text()).toBe("precious\n");
    expect((await selmix(["evaluate", "--csv", file, "--replace"])).status).toBe(0);
    expect(text()).toMatch(/^set,/);
    const own = text();
    expect((await selmix(["evaluate", "--csv", file])).status).toBe(0);
    expect(text()).toBe(own);
    writeFileSync(file, `${own}a note of mine`);
    expect((await selmix(["evaluate", "--csv", file])).status).toBe(1);
    const table = path.join(workspace.folder, "features/test.safetensors");
    const link = path.join(workspace.folder, "linked.csv");
    symlinkSync(table, link);
    const before = hashOf(table);
    const reads = await selmix(["evaluate", "--csv", link, "--replace"]);
    expect(reads).toMatchObject({ status: 2, out: "" });
    expect(reads.err).toMatch(/reads and never overwrites/);
    expect(hashOf(table)).toBe(before);
  });

  it("inspect, with and without a configuration", async () => {
    const { out } = await selmix(["inspect", "checkpoints/epoch-10.safetensors", "--json"]);
    expect(jobResults.inspect.parse(JSON.parse(out)).head?.weight).toBe("fc.weight");
    rmSync(workspace.configuration);
    const without = await selmix(["inspect", "checkpoints/epoch-10.safetensors"]);
    expect(without.status).toBe(0);
    expect(without.out).toContain("hidden.weight");
  });

  it("controls", async () => {
    const { status, out } = await selmix(["controls", "--json", "--steps", "30"]);
    expect(status).toBe(0);
    expect(jobResults.controls.parse(JSON.parse(out)).controls).toHaveLength(6);
  });
});

describe("selmix watch", () => {
  it("tunes what is saved, once for each content, and stops on Ctrl-C", async () => {
    const other = path.join(workspace.folder, "checkpoints/epoch-11.safetensors");
    const saved = readFileSync(workspace.checkpoint);
    // The last byte belongs to a weight: another content, as good a checkpoint.
    saved.writeUInt8(saved.readUInt8(saved.length - 4) ^ 1, saved.length - 4);
    let stage = 0;
    const { status, out } = await selmix(["watch", "--json", "--steps", "30"], (err, printed) => {
      if (stage === 0 && err.includes("Watching")) {
        stage = 1;
        writeFileSync(`${other}.part`, saved);
        renameSync(`${other}.part`, other);
        writeFileSync(path.join(workspace.folder, "checkpoints/again.safetensors"), saved);
      }
      return printed.includes("\n");
    });
    expect(status).toBe(130);
    const results = out
      .trim()
      .split("\n")
      .map((line) => jobResults.tune.parse(JSON.parse(line)));
    expect(results).toHaveLength(1);
    expect(listRunFolders(workspace.folder)).toHaveLength(1);
    expect(existsSync(results[0]?.output ?? "")).toBe(true);
  });
});

describe("bad usage", () => {
  it.each([
    [["tuen"], /did you mean "selmix tune"/],
    [["tune", "--objektive", "x"], /--objective/],
    [["tune", "--objective", "minrecal"], /minRecall/],
    [["tune", "--steps", "-1"], /steps/],
    [["tune", "--steps"], /steps/],
    [["tune", "--prior", "tset"], /--prior must be validation, train or test, not "tset"/],
    [["tune", "--margin", "1"], /--margin must be auto or 0/],
    [["tune", "a", "b"], /"b"/],
    [["inspect"], /Which checkpoint/],
    [["tune", "--config", "none.json"], /none\.json/],
  ])("%j exits with 2 and one sentence", async (words, message) => {
    const { status, out, err } = await selmix(words);
    expect([status, out]).toEqual([2, ""]);
    expect(sentences(err)).toHaveLength(1);
    expect(err).toMatch(message);
  });

  it("is told apart from the question for the version", async () => {
    const { version } = JSON.parse(readFileSync(path.resolve("package.json"), "utf8"));
    expect(await selmix(["--version"])).toMatchObject({ status: 0, out: `${version}\n`, err: "" });
  });

  it("is told apart from a question for help", async () => {
    for (const words of [["--help"], ["tune", "--help"], ["help", "watch"], []]) {
      const { status, out } = await selmix(words);
      expect(status).toBe(0);
      expect(out).toContain("Usage");
    }
  });
});

describe("bad input loses nothing", () => {
  const train = () => path.join(workspace.folder, "features/train.safetensors");

  it.each([
    ["an unknown key", 2, () => start({ objektive: 1 }), /"objective"/],
    [
      "impossible coverage",
      2,
      () => start({ constraints: [{ metric: "coverage", atLeast: 0.2 }] }),
      /impossible/,
    ],
    ["names that do not fit the head", 1, () => start({ classes: ["a", "b"] }), /2 classes/],
    [
      "a bound between groups without groups",
      1,
      () => start({ constraints: [{ metric: "recallGap", atMost: 0.1 }] }),
      /groups/,
    ],
    ["a truncated feature table", 1, () => truncateSync(train(), 5000), /train\.safetensors/],
    ["a missing feature table", 1, () => rmSync(train()), /train\.safetensors/],
    ["a truncated checkpoint", 1, () => truncateSync(workspace.checkpoint, 3000), /epoch-10/],
    ["no checkpoint", 2, () => rmSync(workspace.checkpoint), /No checkpoint/],
    [
      "an output over the source",
      2,
      () => start({ output: "checkpoints/${checkpointName}${checkpointExt}" }),
      /output/,
    ],
    ["a path out of the workspace", 2, () => start({ output: "../x.safetensors" }), /workspace/],
    ["an output that is a folder", 1, () => mkdirSync(workspace.output, { recursive: true }), /tuned/],
    [
      "an output where a file is in the way",
      1,
      () => writeFileSync(path.dirname(workspace.output), ""),
      /tuned/,
    ],
  ])("%s", async (_what, expected, damage, message) => {
    damage();
    const before = existsSync(workspace.checkpoint) ? hashOf(workspace.checkpoint) : null;
    const { status, out, err } = await selmix(["tune", "--json", "--steps", "20"]);
    expect({ status, out }).toEqual({ status: expected, out: "" });
    expect(sentences(err)).toHaveLength(1);
    expect(err).toMatch(message);
    expect(err).not.toContain("inside SelMix");
    if (before) expect(hashOf(workspace.checkpoint)).toBe(before);
    const left = readdirSync(workspace.folder, { recursive: true }).filter((name) =>
      String(name).endsWith(".tmp"),
    );
    expect(left).toEqual([]);
    for (const folder of listRunFolders(workspace.folder)) expect(readRun(folder)?.run.state).toBe("failed");
  });

  it("an output by a link to the source", async () => {
    mkdirSync(path.dirname(workspace.output));
    symlinkSync(workspace.checkpoint, workspace.output);
    const before = hashOf(workspace.checkpoint);
    const { status } = await selmix(["tune", "--steps", "20"]);
    expect(hashOf(workspace.checkpoint)).toBe(before);
    expect(status).toBe(1);
  });
});
