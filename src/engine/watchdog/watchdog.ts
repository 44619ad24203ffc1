/**
 * A thread that watches over this process: it runs on while the main one is in a long loop, where no timer, message or signal of
 * ours arrives. It ends a process that hangs, or whose parent is gone, and hears Ctrl-C meanwhile.
 */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type JobProgress, pulseVariable } from "../../protocol/engine.ts";
import { type Role, type WatchOrder, watchWords } from "./orders.ts";

export interface Watchdog {
  /** What the process does now decides how long it may go without a turn of its event loop. */
  phase(phase: JobProgress["phase"]): void;
}

export interface WatchdogOptions {
  readonly role: Role;
  /** Ctrl-C was heard by the thread: the process was in a loop, and has come out of it. */
  readonly onInterrupt?: () => void;
  /** The thread has listened to Ctrl-C in our place, and no longer does. */
  readonly onListenAgain?: () => void;
  /** Milliseconds without a turn of the event loop after which the thread listens to Ctrl-C. */
  readonly deafMs?: number;
}

/** Seconds without a turn of the event loop after which a phase counts as hanging. Steps of minutes are known, of TensorFlow's. */
const patience: Record<JobProgress["phase"], number> = {
  load: 300,
  features: 900,
  tune: 900,
  save: 300,
  controls: 900,
  install: 300,
  grid: 900,
};
const turnMs = 500;

/** Starts the thread, which ends with the process. Where there can be none, the process does without. */
export function startWatchdog(options: WatchdogOptions): Watchdog {
  const { role, onInterrupt, onListenAgain, deafMs = 5000 } = options;
  const shared = new Int32Array(new SharedArrayBuffer(4 * watchWords.count));
  const turn = () => {
    Atomics.add(shared, watchWords.turns, 1);
    Atomics.notify(shared, watchWords.turns);
  };
  const phase = (name: JobProgress["phase"]) => {
    Atomics.store(shared, watchWords.patience, patienceOf(name));
    turn();
  };
  phase("load");
  const order: WatchOrder = { shared, role, parent: process.ppid, pulse: pulsePipe(), deafMs };
  const worker = new Worker(threadProgram(), {
    workerData: order,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16 },
  });
  worker.on("error", () => undefined);
  worker.on("message", (message) => (message === "interrupt" ? onInterrupt?.() : onListenAgain?.()));
  // After the listeners, which would keep the process.
  worker.unref();
  const timer = setInterval(turn, turnMs);
  timer.unref();
  return { phase };
}

/** SELMIX_PATIENCE: seconds for every phase, for a machine on which single steps take longer. */
function patienceOf(phase: JobProgress["phase"]): number {
  const own = Number(process.env.SELMIX_PATIENCE);
  return own > 0 ? Math.ceil(own) : patience[phase];
}

/** Only a parent that reads pulses says where: any other descriptor is not ours to write to. */
function pulsePipe(): number | null {
  const given = Number(process.env[pulseVariable]);
  return Number.isInteger(given) && given > 2 ? given : null;
}

/** In development a source file, in the product a bundle beside ours. */
function threadProgram(): string {
  const development = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(development ? "./thread.ts" : "./watchdog.mjs", import.meta.url));
}
