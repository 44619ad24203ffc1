/** The thread that watches the main one. Its program is small, and nothing that it calls waits for the main thread. */
import { writeSync } from "node:fs";
import vm from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import type { EnginePulse } from "../../protocol/engine.ts";
import { type WatchOrder, watchWords } from "./orders.ts";

const { shared, role, parent, pulse, deafMs }: WatchOrder = workerData;

const lookMs = 500;
const pulseMs = 1000;
/** After Ctrl-C, and when the parent is gone, the main thread may end by itself for so long. */
const graceMs = 3000;

const turns = () => Atomics.load(shared, watchWords.turns);
const nothing = new Int32Array(new SharedArrayBuffer(4));
const sleep = (milliseconds: number) => void Atomics.wait(nothing, 0, 0, milliseconds);

/**
 * Sleeps where Node's own watch for Ctrl-C ends the sleep, and so does the main thread's next turn. Returns whether it was Ctrl-C.
 * While Node listens nobody else does, and at the end a handler of the main thread must be set again.
 */
const lightSleep = (() => {
  const script = new vm.Script("sleep()");
  let seen = 0;
  const context = vm.createContext({
    sleep: () => void Atomics.wait(shared, watchWords.turns, seen, lookMs),
  });
  return (turnsSeen: number): boolean => {
    seen = turnsSeen;
    try {
      script.runInContext(context, { breakOnSigint: true });
      return false;
    } catch {
      return true;
    }
  };
})();

/** Milliseconds of each thing that was going on without a break, as far as this thread ran meanwhile. */
interface Course {
  /** The main thread has not turned. */
  still: number;
  orphaned: number;
  /** Ctrl-C was heard here, and the main thread was not yet told; null while there was none. */
  interrupted: number | null;
}

function watch(): never {
  let course: Course = { still: 0, orphaned: 0, interrupted: null };
  let seen = turns();
  let sincePulse = pulseMs;
  let listening = false;
  let last = performance.now();
  for (;;) {
    // A process that was stopped, or a machine that slept, has not hung for so long.
    const passed = Math.min(performance.now() - last, 2 * lookMs);
    last = performance.now();
    const { interrupted } = course;
    course = {
      still: course.still + passed,
      orphaned: process.ppid === parent ? 0 : course.orphaned + passed,
      interrupted: interrupted === null ? null : interrupted + passed,
    };
    if (turns() !== seen) {
      if (interrupted !== null) parentPort?.postMessage("interrupt");
      if (listening) parentPort?.postMessage("listen");
      seen = turns();
      listening = false;
      course = { ...course, still: 0, interrupted: null };
    }
    endIfDue(course);
    sincePulse += passed;
    if (sincePulse >= pulseMs) {
      say({ still: Math.round(course.still / 1000), ends: false });
      sincePulse = 0;
    }
    if (role === "terminal" && course.still > deafMs && course.interrupted === null) {
      listening = true;
      if (lightSleep(seen)) course.interrupted = 0;
    } else sleep(lookMs);
  }
}

function endIfDue({ still, orphaned, interrupted }: Course): void {
  if (still > 1000 * Atomics.load(shared, watchWords.patience)) endHanging(still);
  if (interrupted !== null && interrupted > graceMs) endInterrupted();
  if (role === "engine" && orphaned > graceMs) end();
}

/** A full or broken pipe is the parent's affair. */
function say(line: EnginePulse): void {
  if (pulse === null) return;
  try {
    writeSync(pulse, `${JSON.stringify(line)}\n`);
  } catch {
    // It has not read for long, or is gone.
  }
}

function endHanging(milliseconds: number): void {
  const seconds = Math.round(milliseconds / 1000);
  if (role === "engine") say({ still: seconds, ends: true });
  else
    writeSync(
      2,
      `\nselmix: nothing has moved for ${seconds} s, so it was ended; try again, give it more seconds in SELMIX_PATIENCE, or report the file.\n`,
    );
  end();
}

function endInterrupted(): void {
  writeSync(2, "\nStopped: it was in the middle of something long.\n");
  end();
}

/** The whole process group where it is ours: an engine's children are in it. */
function end(): never {
  if (role === "engine") {
    try {
      process.kill(-process.pid, "SIGKILL");
    } catch {
      // We lead no group.
    }
  }
  process.kill(process.pid, "SIGKILL");
  for (;;) sleep(lookMs);
}

watch();
