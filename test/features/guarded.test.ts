/** A program of the user's ends with whoever started it, however that one ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../src/features/extraction/program.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-guarded-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const request = (command: readonly string[]) => ({ command, folder, log: path.join(folder, "log.txt") });
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that nobody has asked about yet is dead, too.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A process of ours that runs the command; it says the ids of the program and of what that started. */
async function starter(body: string): Promise<{ child: ChildProcess; pids: number[] }> {
  const program = path.join(import.meta.dirname, "../../src/features/extraction/program.ts");
  const code = `
    import { runProgram } from ${JSON.stringify(program)};
    await runProgram({ ...${JSON.stringify(request(["/bin/sh", "-c", body]))}, onLine: (line) => console.log(line) });`;
  const file = path.join(folder, "starter.mjs");
  writeFileSync(file, code);
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (part) => {
    text += part;
  });
  while (!text.includes("ready")) await pause(20);
  return { child, pids: [...text.matchAll(/^\d+$/gm)].map(Number) };
}

describe.skipIf(process.platform !== "linux")("what a program started", () => {
  it.each([
    ["SIGKILL", "sleep 60 & echo $!; echo $$; echo ready; wait"],
    ["SIGKILL", "trap '' TERM INT HUP; sleep 60 & echo $!; echo $$; echo ready; while :; do sleep 1; done"],
    ["SIGTERM", "sleep 60 & echo $!; echo $$; echo ready; wait"],
  ] as const)("ends when we end by %s: %s", async (signal, body) => {
    const { child, pids } = await starter(body);
    expect(pids).toHaveLength(2);
    expect(pids.every(isAlive)).toBe(true);
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
    const deadline = Date.now() + 5000;
    while (pids.some(isAlive) && Date.now() < deadline) await pause(20);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it("ends with the program", async () => {
    let pid = 0;
    await runProgram({
      ...request(["/bin/sh", "-c", "sleep 60 & echo $!"]),
      onLine: (line) => (pid = Number(line)),
    });
    await pause(50);
    expect(pid).toBeGreaterThan(0);
    expect(isAlive(pid)).toBe(false);
  });
});

describe.skipIf(process.platform === "win32")("a program", () => {
  it.skipIf(process.platform !== "linux")(
    "has the words as they are, no stdin, no further file and no child it does not know of",
    async () => {
      const words = ["a b", "$HOME", "'", "", "-x"];
      const lines: string[] = [];
      const body = `console.log(JSON.stringify([process.argv.slice(1), require("fs").readlinkSync("/proc/self/fd/3"),
      require("fs").readFileSync("/proc/" + process.pid + "/task/" + process.pid + "/children", "utf8")]))`;
      await runProgram({
        ...request([process.execPath, "-e", body, "--", ...words]),
        onLine: (line) => lines.push(line),
      });
      expect(JSON.parse(lines.join())[0]).toEqual(words);
      expect(JSON.parse(lines.join())[1]).not.toMatch(/socket|pipe/);
      expect(JSON.parse(lines.join())[2]).toBe("");
    },
  );

  it("that is not there, is a folder or may not be run is named", async () => {
    writeFileSync(path.join(folder, "plain"), "x", { mode: 0o644 });
    await expect(runProgram(request(["no-such-program"]))).rejects.toThrow(/no-such-program.*does not exist/);
    await expect(runProgram(request(["./missing"]))).rejects.toThrow(/does not exist/);
    await expect(runProgram(request(["/tmp"]))).rejects.toThrow(/folder/);
    await expect(runProgram(request([path.join(folder, "plain")]))).rejects.toThrow(/permission denied/);
  });

  it("that fails or is killed says how", async () => {
    await expect(runProgram(request(["/bin/sh", "-c", "exit 7"]))).rejects.toThrow(/status 7/);
    await expect(runProgram(request(["/bin/sh", "-c", "kill -9 $$"]))).rejects.toThrow(/SIGKILL/);
  });
});
