/** Nothing that we write is written through something that a workspace brought along, and all of it goes one way. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  globSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { writeAtomically } from "../../src/files/atomic.ts";
import { cutFile, openAppend } from "../../src/files/direct.ts";
import { isOwn, makeOwn } from "../../src/files/ownFolders.ts";
import { anywhere, placeWithin, reachOf } from "../../src/files/place.ts";
import { createFile, replaceFile } from "../../src/files/replace.ts";
import { editConfiguration } from "../../src/project/edit.ts";
import { leavesWorkspace } from "../../src/project/paths.ts";
import { deleteRun, listRunFolders, markDeadRuns, readRunRecord } from "../../src/project/readRuns.ts";
import { RunWriter } from "../../src/project/runFolder.ts";
import { exampleWorkspace } from "../support/example.ts";
import { runOf } from "../support/records.ts";

const cli = path.resolve("dist/cli.mjs");

let root = "";
let workspace = "";
let victim = "";
const precious = "# my precious settings\n";

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "selmix-attack-"));
  workspace = path.join(root, "clone");
  mkdirSync(workspace);
  victim = path.join(root, ".bashrc");
  writeFileSync(victim, precious);
});

afterEach(() => {
  expect(readFileSync(victim, "utf8")).toBe(precious);
  rmSync(root, { recursive: true });
});

/** A run that says it is at work, in a process that is none. */
function deadRun(where = workspace): string {
  const run = path.join(where, ".selmix/runs/2026-05-01T10-20-30Z-a-minRecall");
  mkdirSync(run, { recursive: true });
  writeFileSync(path.join(run, "run.json"), JSON.stringify(runOf({ pid: 2 ** 22 + 1 })));
  return run;
}

describe("links that a workspace brings along", () => {
  it("in the place of a temporary file, or of the file itself, are not written through", () => {
    const run = deadRun();
    symlinkSync(victim, path.join(run, "run.json.tmp"));
    expect(markDeadRuns(workspace)).toEqual([run]);
    expect(readRunRecord(run)?.state).toBe("failed");
    const other = path.join(workspace, "result.json");
    symlinkSync(victim, other);
    replaceFile(other, "new");
    expect(readFileSync(other, "utf8")).toBe("new");
  });

  it("in the place of files that are appended to or cut are refused, and so are pipes and second names", () => {
    const places = ["link", "pipe", "second"].map((name) => path.join(workspace, name));
    const [link = "", pipe = "", second = ""] = places;
    symlinkSync(victim, link);
    execFileSync("mkfifo", [pipe]);
    linkSync(victim, second);
    for (const place of places) {
      expect(() => openAppend(place)).toThrow();
      expect(() => cutFile(place, 0)).toThrow();
    }
  });

  it("to a folder elsewhere take neither runs nor their end", () => {
    const elsewhere = path.join(root, "elsewhere");
    const run = deadRun(elsewhere);
    symlinkSync(path.join(elsewhere, ".selmix"), path.join(workspace, ".selmix"));
    expect(() => new RunWriter(workspace, runOf())).toThrow(/leads out/);
    expect(listRunFolders(workspace)).toEqual([]);
    expect(markDeadRuns(workspace)).toEqual([]);
    const listed = path.join(workspace, ".selmix/runs", path.basename(run));
    expect(() => deleteRun(listed)).toThrow(/leads out/);
    expect(readRunRecord(run)?.state).toBe("running");
    const writer = new RunWriter(workspace, runOf(), { reach: anywhere });
    writer.finish("cancelled");
    expect(listRunFolders(workspace, anywhere)).toHaveLength(2);
  });

  it("in the place of .selmix/.gitignore make no file elsewhere", () => {
    mkdirSync(path.join(workspace, ".selmix"));
    symlinkSync(path.join(root, "new"), path.join(workspace, ".selmix/.gitignore"));
    new RunWriter(workspace, runOf()).finish("cancelled");
    expect(existsSync(path.join(root, "new"))).toBe(false);
  });

  it("that lead nowhere lead out", () => {
    symlinkSync(path.join(root, "not-there"), path.join(workspace, "tuned"));
    expect(leavesWorkspace(workspace, path.join(workspace, "tuned/x.safetensors"))).toBe(true);
    expect(() => placeWithin(reachOf(workspace), path.join(workspace, "tuned/x"))).toThrow(/nowhere/);
  });

  it("in the place of selmix.json are followed inside of the workspace only", async () => {
    writeFileSync(path.join(workspace, "real.json"), '{"objective": "minRecall"}');
    symlinkSync("real.json", path.join(workspace, "selmix.json"));
    const edit = [{ path: ["objective"], value: "gMean" }];
    await editConfiguration(path.join(workspace, "selmix.json"), edit);
    expect(readFileSync(path.join(workspace, "real.json"), "utf8")).toContain("gMean");
    rmSync(path.join(workspace, "selmix.json"));
    symlinkSync(victim, path.join(workspace, "selmix.json"));
    await expect(editConfiguration(path.join(workspace, "selmix.json"), edit)).rejects.toThrow();
  });
});

describe("permissions", () => {
  const modeOf = (file: string) => statSync(file).mode & 0o777;

  it("of a file that is replaced stay, and a copy is open to nobody whom its source is closed to", async () => {
    const secret = path.join(workspace, "secret");
    writeFileSync(secret, "x", { mode: 0o600 });
    const shared = path.join(workspace, "shared");
    writeFileSync(shared, "x");
    chmodSync(shared, 0o664);
    for (const [file, mode] of [
      [secret, 0o600],
      [shared, 0o664],
    ] as const) {
      replaceFile(file, "y");
      expect(modeOf(file)).toBe(mode);
      await writeAtomically(file, async (handle) => handle.writeFile("z"));
      expect(modeOf(file)).toBe(mode);
    }
    replaceFile(path.join(workspace, "copy"), "y", { like: secret });
    expect(modeOf(path.join(workspace, "copy"))).toBe(0o600);
  });

  it("of folders of ours keep others out, and folders of others are not ours", () => {
    const own = path.join(root, "own");
    mkdirSync(own);
    chmodSync(own, 0o777);
    expect(isOwn(own)).toBe(false);
    expect(makeOwn(own)).toBe(true);
    expect(modeOf(own)).toBe(0o700);
    const uid = vi.spyOn(process, "getuid").mockReturnValue((process.getuid?.() ?? 0) + 4711);
    expect(makeOwn(own)).toBe(false);
    uid.mockRestore();
  });
});

it.skipIf(process.platform === "win32")(
  "a mask that shuts the owner out too is widened for the owner",
  () => {
    const { folder, output } = exampleWorkspace({ "tuning.steps": 10, "tuning.controls": "none" });
    const state = path.join(root, "state");
    const status = spawnSync("sh", ["-c", 'umask 777; exec "$0" "$@"', process.execPath, cli, "tune"], {
      cwd: folder,
      env: { ...process.env, SELMIX_STATE: state, SELMIX_STORAGE: path.join(root, "cache") },
    }).status;
    expect([0, 3]).toContain(status);
    const made = [output, ...globSync([`${folder}/.selmix/**`, `${state}/**`])];
    expect(made.length).toBeGreaterThan(8);
    const shut = made.filter((place) => {
      const info = statSync(place);
      return (info.mode & 0o777) !== (info.isDirectory() ? 0o700 : 0o600);
    });
    expect(shut).toEqual([]);
    rmSync(folder, { recursive: true });
  },
);

it("a file is made only where nothing is", () => {
  const file = path.join(workspace, "new.py");
  createFile(file, "1");
  expect(() => createFile(file, "2")).toThrow(/EEXIST/);
  symlinkSync(path.join(root, "other"), path.join(workspace, "dangling"));
  expect(() => createFile(path.join(workspace, "dangling"), "2")).toThrow(/EEXIST/);
  expect(readFileSync(file, "utf8")).toBe("1");
  expect(readdirSync(workspace).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

it("every write goes through src/files", () => {
  const calls =
    /\b(writeFile|writeFileSync|appendFile|appendFileSync|rename|renameSync|rmSync|unlink|unlinkSync|mkdirSync|mkdtemp|mkdtempSync|copyFile|copyFileSync|cpSync|symlinkSync|linkSync|truncateSync|ftruncateSync|chmodSync|utimesSync|writeSync)\b/;
  const found = globSync("src/**/*.ts")
    .filter(
      (file) => !file.startsWith(path.join("src", "files")) && !file.startsWith(path.join("src", "webview")),
    )
    .flatMap((file) => {
      const text = readFileSync(file, "utf8");
      const imported = [...text.matchAll(/import \{([^}]*)\} from "node:fs(?:\/promises)?"/g)];
      return imported.flatMap(([, names = ""]) =>
        names
          .split(",")
          .map((name) => name.trim())
          .filter((name) => calls.test(name) || ["mkdir", "rm", "open", "default as fs"].includes(name))
          .map((name) => `${file}: ${name}`),
      );
    });
  // Writes to the terminal and to a pipe.
  expect(found).toEqual(["src/engine/watchdog/thread.ts: writeSync"]);
});
