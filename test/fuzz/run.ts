/**
 * The long fuzzer: mutated inputs into every reader, each in a worker with little memory. What goes wrong is written to
 * test/fuzz/corpus/<reader>/, where `npm test` finds it from then on.
 *
 *     npm run fuzz                      a million inputs in all
 *     npm run fuzz -- 50000 onnx        so many, into the named readers only
 *     SERIES=7 npm run fuzz             other inputs: each series has its own
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { inputOf } from "./attempt.ts";
import { type Target, targets } from "./targets.ts";

const hangMilliseconds = 5_000;
const series = Number(process.env.SERIES ?? 0);
/** Of each worker; the readers' code takes 30 of them. Given more room, V8 lets garbage lie until it is full. */
const heapMegabytes = { maxOldGenerationSizeMb: 80, maxYoungGenerationSizeMb: 8 };
/** Heap, buffers and code of the workers together: files are a few kilobytes, so memory must stay near where it was. */
const mostGrowthMegabytes = 300;
const report = z.object({ index: z.number(), problem: z.string() });

const [given = "1000000", ...names] = process.argv.slice(2);
const total = Number(given);
if (!Number.isSafeInteger(total) || total <= 0) throw new Error(`${given} is no number of inputs`);
const chosen = (await targets()).filter((target) => names.length === 0 || names.includes(target.name));
const parent = existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir();
const folder = mkdtempSync(path.join(parent, "selmix-fuzz-"));
const waiting = [...chosen];
const each = Math.ceil(total / chosen.length);
const before = process.memoryUsage.rss();
let highest = before;
let failures = 0;
const watch = setInterval(() => {
  highest = Math.max(highest, process.memoryUsage.rss());
}, 200);
const started = performance.now();

async function drain(): Promise<void> {
  for (let target = waiting.shift(); target; target = waiting.shift()) {
    const since = performance.now();
    const wrong = await fuzz(target);
    failures += wrong;
    const seconds = (performance.now() - since) / 1000;
    console.log(`${target.name}: ${each} inputs in ${seconds.toFixed(0)} s, ${wrong} went wrong`);
  }
}

/** Feeds a reader, with a new worker after each crash or hang. Returns how many inputs went wrong. */
async function fuzz(target: Target): Promise<number> {
  let wrong = 0;
  for (let from = 0; from < each && wrong < 20; ) {
    const at = new SharedArrayBuffer(4);
    const stopped = await feed(target, from, at, (index, problem) => {
      wrong += 1;
      keep(target, index, problem);
    });
    if (stopped === null) break;
    const index = Atomics.load(new Int32Array(at), 0);
    wrong += 1;
    keep(target, index, stopped);
    from = index + 1;
  }
  return wrong;
}

/** Runs a worker to its end; null, or why it ended before. */
function feed(
  target: Target,
  from: number,
  at: SharedArrayBuffer,
  onProblem: (index: number, problem: string) => void,
): Promise<string | null> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL("worker.ts", import.meta.url), {
      workerData: { name: target.name, from, count: each - from, folder, at, series },
      resourceLimits: heapMegabytes,
    });
    const view = new Int32Array(at);
    let last = -1;
    const timer = setInterval(() => {
      const now = Atomics.load(view, 0);
      if (now === last && from < each) void worker.terminate().then(() => finish("hung"));
      last = now;
    }, hangMilliseconds);
    const finish = (why: string | null): void => {
      clearInterval(timer);
      resolve(why);
    };
    worker.on("message", (message) => {
      const { index, problem } = report.parse(message);
      onProblem(index, problem);
    });
    worker.on("error", (error) =>
      finish(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
    worker.on("exit", () => finish(null));
  });
}

function keep(target: Target, index: number, problem: string): void {
  const home = path.join(import.meta.dirname, "corpus", target.name);
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, `${series}-${index}.bin`), inputOf(target, index, series));
  console.log(`${target.name} ${index}: ${problem}`);
}

await Promise.all(Array.from({ length: Math.min(2, os.availableParallelism()) }, drain));
clearInterval(watch);
rmSync(folder, { recursive: true });
const growth = Math.round((highest - before) / 2 ** 20);
const seconds = Math.round((performance.now() - started) / 1000);
console.log(
  `${each * chosen.length} inputs in ${seconds} s, ${failures} went wrong, memory grew by ${growth} MB`,
);
if (growth > mostGrowthMegabytes) console.log(`memory grew by more than ${mostGrowthMegabytes} MB`);
process.exitCode = failures > 0 || growth > mostGrowthMegabytes ? 1 : 0;
