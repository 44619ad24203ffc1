import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import {
  type CommandRequest,
  type ExtractionProgress,
  extractByCommand,
  progressOf,
} from "../../src/features/extraction/command.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

const folders: string[] = [];
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-command-"));
  folders.push(folder);
});
afterAll(() => Promise.all(folders.map((one) => rm(one, { recursive: true, force: true }))));

function table(first: number): Uint8Array {
  return makeSafetensors({
    features: { dtype: "F32", shape: [2, 1], values: [first, 2] },
    labels: { dtype: "I64", shape: [2], values: [0, 1] },
  });
}

/** A script of the user's, in JavaScript: it finds its words from `process.argv[2]` on. */
async function script(body: string): Promise<string> {
  const file = path.join(folder, "export.cjs");
  await writeFile(file, `const fs = require("fs"), path = require("path"); ${body}`);
  return file;
}

const writing = (first: number) => `
  const bytes = Buffer.from("${Buffer.from(table(first)).toString("base64")}", "base64");
  for (const name of ["train", "validation"]) fs.writeFileSync(path.join(process.argv[3], name + ".safetensors"), bytes);
  console.log("epoch " + fs.readFileSync(process.argv[2], "utf8"));
  fs.appendFileSync("runs", "x");`;

async function requestFor(body: string, changes: Partial<CommandRequest> = {}): Promise<CommandRequest> {
  const checkpoint = path.join(folder, "model.pt");
  await writeFile(checkpoint, "one");
  return {
    command: [process.execPath, await script(body), "${checkpoint}", "${featuresDir}"],
    checkpoint,
    content: "one",
    folder,
    tables: ["train", "validation"].map((name) => path.join(folder, "features", `${name}.safetensors`)),
    stamp: path.join(folder, ".selmix", "features.json"),
    log: path.join(folder, "log.txt"),
    ...changes,
  };
}

async function firstFeature(request: CommandRequest): Promise<number> {
  const opened = await openFeatureTable(request.tables[0] ?? "");
  const target = new Float32Array(2);
  opened.rows.read(0, 2, target, 0);
  opened.close();
  return target[0] ?? 0;
}

const runs = async () => (await readFile(path.join(folder, "runs"), "utf8").catch(() => "")).length;

describe("features by a command", () => {
  it("are made, with what it printed as progress and in the log", async () => {
    const seen: ExtractionProgress[] = [];
    const groups: boolean[] = [];
    const body = `process.stdout.write("loading\\r50/200\\n"); ${writing(7)}`;
    const request = await requestFor(body, {
      onProgress: (progress) => seen.push(progress),
      onRunning: (_, running) => groups.push(running),
    });
    expect(await extractByCommand(request)).toBe(true);
    expect(await firstFeature(request)).toBe(7);
    expect(seen).toContainEqual({ message: "50/200", step: 50, steps: 200 });
    expect(seen.at(-1)?.message).toBe("epoch one");
    expect(groups).toEqual([true, false]);
    expect(await readFile(request.log, "utf8")).toContain("epoch one");
    expect((await readdir(path.join(folder, "features"))).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("are made again only for another checkpoint, script, command or touched table", async () => {
    const request = await requestFor(writing(1));
    await extractByCommand(request);
    expect(await extractByCommand(request)).toBe(false);
    expect(await extractByCommand({ ...request, content: "two" })).toBe(true);
    await script(`${writing(2)} // changed`);
    expect(await extractByCommand({ ...request, content: "two" })).toBe(true);
    expect(await extractByCommand({ ...request, command: [...request.command, "more"] })).toBe(true);
    await extractByCommand(request);
    expect(await runs()).toBe(5);
    await utimes(request.tables[0] ?? "", 1, 1);
    expect(await extractByCommand(request)).toBe(true);
    await writeFile(request.stamp, "{");
    expect(await extractByCommand(request)).toBe(true);
  });

  it.each([
    [
      "fails",
      `${writing(9)} console.error("no such data"); process.exit(3)`,
      /status 3.*no such data.*log\.txt/,
    ],
    ["writes too little", `fs.writeFileSync(path.join(process.argv[3], "x"), "")`, /without writing train/],
    [
      "writes nonsense",
      `${writing(9)} fs.writeFileSync(path.join(process.argv[3], "train.safetensors"), "no")`,
      /train/,
    ],
  ])("stay as they were when it %s", async (_, body, message) => {
    const request = await requestFor(writing(5));
    await extractByCommand(request);
    await script(body);
    await expect(extractByCommand(request)).rejects.toThrow(message);
    expect(await firstFeature(request)).toBe(5);
    await expect(extractByCommand(request)).rejects.toThrow(message);
    expect((await readdir(path.join(folder, "features"))).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("may be written where they belong by the program itself, and then must be", async () => {
    await mkdir(path.join(folder, "features"));
    const request = await requestFor(writing(4));
    const command = [...request.command.slice(0, 3), path.join(folder, "features")];
    expect(await extractByCommand({ ...request, command })).toBe(true);
    await script("");
    await expect(extractByCommand({ ...request, command })).rejects.toThrow(/without writing/);
  });

  it("say what is wrong with the command itself", async () => {
    const request = await requestFor("");
    const missing = { ...request, command: ["no-such-program-at-all", "${featuresDir}"] };
    await expect(extractByCommand(missing)).rejects.toThrow(/no-such-program-at-all.*does not exist/);
    const apart = { ...request, tables: [path.join(folder, "a/train.npz"), path.join(folder, "b/test.npz")] };
    await expect(extractByCommand(apart)).rejects.toThrow(/one folder/);
  });

  it("leave no process behind when stopped, not even one that will not listen", async () => {
    const beats = path.join(folder, "beats");
    const grandchild = `process.on("SIGTERM", () => {}); setInterval(() => require("fs").appendFileSync(${JSON.stringify(beats)}, "x"), 20)`;
    const body = `
      process.on("SIGTERM", () => {});
      require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}], { stdio: "inherit" });
      setInterval(() => fs.existsSync(${JSON.stringify(beats)}) && console.log("beating"), 20);`;
    const controller = new AbortController();
    const request = await requestFor(body, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
      grace: 100,
    });
    await expect(extractByCommand(request)).rejects.toThrow(/abort/i);
    const count = (await readFile(beats)).length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await readFile(beats)).length).toBe(count);
  });
});

describe("progress", () => {
  it.each([
    ["Epoch 3/10", 3, 10],
    ["  45%|####      | 9/20 [00:01<00:02]", 9, 20],
    ["done 45.5 %", 45, 100],
    ["loss 0.5/0.7", 0, 0],
    ["7/5", 0, 0],
    ["hello", 0, 0],
  ])("is read from %j", (line, step, steps) => {
    expect(progressOf(line)).toMatchObject({ step, steps });
  });
});
