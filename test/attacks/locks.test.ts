/** One writer at a time, whoever dies meanwhile and whatever the clock says. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { isAtWork, ownStamp, stampOf, startOf, wasAtWork } from "../../src/files/liveness.ts";
import { holdLocks } from "../../src/files/locks.ts";
import { stateFolder } from "../../src/files/ownFolders.ts";

const children: ChildProcess[] = [];
let names = 0;

/** A name that no other test has. */
const fresh = () => `test ${process.pid} ${Date.now()} ${names++}`;

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  vi.restoreAllMocks();
});

/** A process that takes a lock, holds it, and counts in a file while it has it; "held" when it has. */
async function holder(name: string, count = 1, file = ""): Promise<ChildProcess> {
  const child = fork(path.resolve("test/attacks/holdLock.ts"), [name, `${count}`, file], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: "ignore",
  } as never);
  children.push(child);
  await once(child, "message");
  return child;
}

it("a lock is waited for, which is said, and the wait can be stopped", async () => {
  const name = fresh();
  const child = await holder(name);
  const stop = new AbortController();
  const said: string[] = [];
  const waiting = holdLocks([name], {
    what: "waits",
    signal: stop.signal,
    onWait: (line) => said.push(line),
  });
  await expect.poll(() => said).toEqual([expect.stringContaining(`process ${child.pid}, which holds`)]);
  stop.abort();
  await expect(waiting).rejects.toThrow(/abort/i);
  child.send("release");
  (await holdLocks([name], { what: "takes it" }))();
});

it("the lock of a process that was killed is taken over, by one of many", async () => {
  const name = fresh();
  const child = await holder(name);
  child.kill("SIGKILL");
  await once(child, "exit");
  const file = path.join(stateFolder() ?? "", `count-${process.pid}`);
  writeFileSync(file, "0");
  const counting = await Promise.all(Array.from({ length: 4 }, () => holder(name, 25, file)));
  // On a busy machine one may have ended before another has begun.
  await Promise.all(counting.map((one) => one.exitCode ?? once(one, "exit")));
  // Each read and wrote the number 25 times: none was lost, so no two were ever inside at once.
  expect(readFileSync(file, "utf8")).toBe("100");
  expect(
    readdirSync(path.join(stateFolder() ?? "", "locks")).filter((one) => one.endsWith(".break")),
  ).toEqual([]);
}, 60_000);

/** The one file of a lock that this process holds. */
function ownLock(): string {
  const folder = path.join(stateFolder() ?? "", "locks");
  const files = readdirSync(folder).map((one) => path.join(folder, one));
  const own = files.find((one) => readFileSync(one, "utf8").includes(`"pid":${process.pid}`));
  if (own === undefined) throw new Error("this process holds no lock");
  return own;
}

it("a lock that names nobody, as a power failure leaves one, is taken over", async () => {
  const name = fresh();
  const release = await holdLocks([name], { what: "holds" });
  const file = ownLock();
  writeFileSync(file, "");
  release();
  (await holdLocks([name], { what: "takes it" }))();
  expect(readdirSync(path.dirname(file))).not.toContain(path.basename(file));
}, 30_000);

it("the lock of another machine is respected", async () => {
  const name = fresh();
  const release = await holdLocks([name], { what: "holds" });
  const file = ownLock();
  const held = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...held, host: "elsewhere", pid: 2 ** 22 + 1 }));
  const stop = new AbortController();
  const said: string[] = [];
  const waiting = holdLocks([name], {
    what: "waits",
    signal: stop.signal,
    onWait: (line) => said.push(line),
  });
  await expect.poll(() => said).toEqual([expect.stringContaining("on elsewhere")]);
  stop.abort();
  await expect(waiting).rejects.toThrow();
  release();
});

it("a process is told from others that have its id, at any time of the clock", async () => {
  const child = spawn("sleep", ["60"]);
  children.push(child);
  const stamp = stampOf(child.pid ?? 0);
  const real = Date.now;
  for (const jump of [0, 1000, 10_000, 3_600_000, 400 * 86_400_000, -3000, -3_600_000]) {
    vi.spyOn(Date, "now").mockImplementation(() => real() + jump);
    expect(isAtWork(stamp)).toBe(true);
    vi.restoreAllMocks();
  }
  expect(isAtWork({ ...stamp, start: startOf(process.ppid) })).toBe(false);
  expect(isAtWork({ ...stamp, host: "elsewhere" })).toBeNull();
  child.kill();
  await once(child, "exit");
  expect(isAtWork(stamp)).toBe(false);
  expect(isAtWork(ownStamp())).toBe(true);
});

it("of a process that only left a time, a clock that was set forgives a day", () => {
  const since = Date.now();
  const real = Date.now;
  for (const jump of [0, 10_000, 3_600_000, -3_600_000]) {
    vi.spyOn(Date, "now").mockImplementation(() => real() + jump);
    expect(wasAtWork(process.pid, since)).toBe(true);
    vi.restoreAllMocks();
  }
  expect(wasAtWork(process.pid, since - 365 * 86_400_000)).toBe(false);
  expect(wasAtWork(2 ** 22 + 1, since)).toBe(false);
  expect(os.hostname()).toBe(ownStamp().host);
});
