/** What processes leave that are killed: half files, half folders, runs without an end, parts that nothing names. */
import { fork } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { writeInParts } from "../../src/files/atomic.ts";
import { noteUnfinished, sweepUnfinished } from "../../src/files/unfinished.ts";
import { ownGate, removeOldParts, requireOurs } from "../../src/project/ownFiles.ts";
import { listRunFolders } from "../../src/project/readRuns.ts";
import {
  defaultRetention,
  isKept,
  keepRun,
  pruneRuns,
  type StoredRun,
  surplus,
} from "../../src/project/retention.ts";
import { RunWriter } from "../../src/project/runFolder.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { runOf } from "../support/records.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-left-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a process that is killed while it writes", () => {
  it("leaves a file that the next one finds, wherever it lies, and a living one's files stay", async () => {
    const child = fork(path.resolve("test/attacks/writeForever.ts"), [path.join(folder, "big.bin")], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    await once(child, "message");
    const half = readdirSync(folder).map((name) => path.join(folder, name));
    expect(half).toHaveLength(1);
    expect(sweepUnfinished().filter((place) => half.includes(place))).toEqual([]);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(sweepUnfinished()).toEqual(expect.arrayContaining(half));
    expect(readdirSync(folder)).toEqual([]);
  });

  it("leaves a note that is half written, which goes with it, while those of the living stay", () => {
    const notes = path.join(process.env.SELMIX_STATE ?? "", "unfinished");
    noteUnfinished([path.join(folder, "gone")])();
    const nobody = 2 ** 22 + 1;
    const [dead, living] = [`${nobody}-half.json`, `${process.pid}-half.json`];
    for (const name of [dead, living]) writeFileSync(path.join(notes, name), '{"process":{"pid":');
    sweepUnfinished();
    const left = readdirSync(notes);
    expect(left).not.toContain(dead);
    expect(left).toContain(living);
    rmSync(path.join(notes, living));
  });

  it("keeps its note for as long as what it names is there", () => {
    const notes = path.join(process.env.SELMIX_STATE ?? "", "unfinished");
    const place = path.join(folder, "stuck");
    // Other processes have notes there, too.
    const own = () => readdirSync(notes).filter((name) => name.startsWith(`${process.pid}-`)).length;
    const takeBack = noteUnfinished([place]);
    const before = own();
    writeFileSync(place, "");
    takeBack();
    expect(own()).toBe(before);
    rmSync(place);
    takeBack();
    expect(own()).toBe(before - 1);
  });

  it("leaves nothing that is swept where it came to its end", () => {
    const place = path.join(folder, "done");
    noteUnfinished([place])();
    writeFileSync(place, "");
    sweepUnfinished();
    expect(existsSync(place)).toBe(true);
  });
});

describe("a copy in several files", () => {
  const target = () => path.join(folder, "m.index.json");
  const write = (content: string, fail?: () => void) =>
    writeInParts(
      ["a", "b"].map((letter) => ({
        name: (id) => `m-${id}-${letter}`,
        write: async (handle) => void (await handle.writeFile(letter + content)),
      })),
      (names) => ({
        target: target(),
        write: async (handle) => {
          fail?.();
          await handle.writeFile(JSON.stringify(names));
        },
      }),
      folder,
      { gate: ownGate(false) },
    );
  const read = () =>
    (JSON.parse(readFileSync(target(), "utf8")) as string[]).map((name) =>
      readFileSync(path.join(folder, name), "utf8"),
    );

  it("is the old one until it is the new one, and then the old parts go", async () => {
    await write("1");
    await write("2");
    expect(read()).toEqual(["a2", "b2"]);
    expect(readdirSync(folder)).toHaveLength(5);
    await removeOldParts(target());
    expect(readdirSync(folder)).toHaveLength(3);
    expect(read()).toEqual(["a2", "b2"]);
  });

  it("is whole when a write fails at its last step", async () => {
    await write("1");
    const failing = write("2", () => {
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(read()).toEqual(["a1", "b1"]);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it("is whole when it dies between two renames, and the parts of the new one are found", async () => {
    await write("1");
    // As it stands when the parts have their names and the index has not.
    const before = readFileSync(target());
    await write("2");
    writeFileSync(target(), before);
    expect(read()).toEqual(["a1", "b1"]);
    await expect(requireOurs(target())).resolves.toBeUndefined();
    expect(await removeOldParts(target())).toHaveLength(2);
    expect(read()).toEqual(["a1", "b1"]);
  });

  it("takes no file that is somebody else's", async () => {
    await write("1");
    const [part = ""] = JSON.parse(readFileSync(target(), "utf8")) as string[];
    writeFileSync(path.join(folder, part), "mine");
    await expect(write("1")).rejects.toThrow(/is not what SelMix wrote/);
    await write("2");
    await removeOldParts(target());
    expect(readFileSync(path.join(folder, part), "utf8")).toBe("mine");
  });

  it("has a name for each of its parts, whatever they were called", async () => {
    const one = (name: string, value: number) =>
      makeSafetensors({ [name]: { dtype: "F32", shape: [2], values: [value, value] } });
    writeFileSync(path.join(folder, "1.safetensors"), one("a", 1));
    writeFileSync(path.join(folder, "m-1.safetensors"), one("b", 2));
    writeFileSync(path.join(folder, "x-1.safetensors"), one("c", 3));
    const map = { a: "1.safetensors", b: "m-1.safetensors", c: "x-1.safetensors" };
    const index = path.join(folder, "m.safetensors.index.json");
    writeFileSync(index, JSON.stringify({ weight_map: map }));
    const source = await openCheckpoint(index);
    const copied = path.join(folder, "out/t.safetensors.index.json");
    await source.writeCopy(copied, [{ name: "a", values: Float32Array.of(9, 9) }]);
    const copy = await openCheckpoint(copied);
    expect([...(await copy.read("a")), ...(await copy.read("b")), ...(await copy.read("c"))]).toEqual([
      9, 9, 2, 2, 3, 3,
    ]);
    await Promise.all([source.close(), copy.close()]);
  });
});

describe("runs that are too many", () => {
  const run = (name: string, more: Partial<StoredRun> = {}): StoredRun => ({
    folder: name,
    configurationPath: "/ws/selmix.json",
    bytes: 10,
    stays: false,
    ...more,
  });
  const names = (runs: readonly StoredRun[]) => runs.map((one) => one.folder);

  it("are the oldest of each configuration, and those beyond the room, but for those that stay", () => {
    const other = { configurationPath: "/ws/other.json" };
    const runs = [run("5"), run("4"), run("3", other), run("2", { stays: true }), run("1"), run("0", other)];
    expect(names(surplus(runs, { runs: 2, bytes: 1000 }))).toEqual(["1"]);
    expect(names(surplus(runs, { runs: 1, bytes: 1000 }))).toEqual(["4", "1", "0"]);
    expect(names(surplus(runs, { runs: 9, bytes: 30 }))).toEqual(["1", "0"]);
    expect(names(surplus([run("1", { bytes: 1e12 }), run("0")], defaultRetention))).toEqual(["0"]);
  });

  it("go, and the pinned and the running ones stay", () => {
    const made = Array.from({ length: 6 }, (_, i) => {
      const startedAt = new Date(Date.UTC(2026, 4, 1, 10, i)).toISOString();
      const writer = new RunWriter(folder, runOf({ startedAt }));
      if (i > 0) writer.finish("done");
      return writer.folder;
    });
    keepRun(made[1] ?? "", "pinned");
    keepRun(made[2] ?? "", "used");
    const retention = { runs: 2, bytes: 1e9 };
    expect(pruneRuns(folder, retention, { dryRun: true })).toHaveLength(1);
    expect(pruneRuns(folder, retention).map((one) => one.folder)).toEqual([made[3]]);
    expect(listRunFolders(folder)).toEqual([made[5], made[4], made[2], made[1], made[0]]);
    expect(isKept(made[1] ?? "", "pinned")).toBe(true);
    expect(isKept(made[4] ?? "", "pinned")).toBe(false);
  });

  it("are not there before they say what they are", () => {
    mkdirSync(path.join(folder, ".selmix/runs/.2026-05-01T10-20-30Z-a.0123456789ab.tmp"), {
      recursive: true,
    });
    expect(listRunFolders(folder)).toEqual([]);
    new RunWriter(folder, runOf()).finish("cancelled");
    utimesSync(folder, new Date(0), new Date(0));
    expect(listRunFolders(folder)).toHaveLength(1);
  });
});
