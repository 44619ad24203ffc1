/**
 * The engine as the extension host sees it: forked with the first job, watched, and ended with everything it started.
 * Imports no vscode, so that it is tested with a plain Node.
 */
import { type ChildProcess, fork } from "node:child_process";
import type { Readable } from "node:stream";
import { killGroup } from "../project/processes.ts";
import { markEnded } from "../project/readRuns.ts";
import {
  type FromEngine,
  fromEngine,
  type JobKind,
  type JobRequest,
  type JobResult,
  jobResults,
  pulseVariable,
  type ToEngine,
} from "../protocol/engine.ts";
import { JobCancelled, JobFailed, type JobListener, type RunningJob } from "./engineJob.ts";
import { EnginePulses } from "./enginePulses.ts";

export type EngineState = "stopped" | "starting" | "ready" | "silent";

export interface EngineOptions {
  /** The built engine, dist/engine.mjs. */
  readonly enginePath: string;
  /** Further environment variables of the engine. */
  readonly env?: NodeJS.ProcessEnv;
  /** What the engine and its libraries print, line by line. */
  readonly onOutput?: (line: string) => void;
  readonly onState?: (state: EngineState) => void;
  /** Called when the engine ended without being asked; its runs have been marked failed. */
  readonly onCrash?: (message: string, runFolders: readonly string[]) => void;
  /** Milliseconds that a cancelled job, or an engine asked to end, is given before it is killed. */
  readonly graceMs?: number;
  /** Milliseconds without a sign of life after which the engine counts as silent. */
  readonly silenceMs?: number;
  /** Milliseconds without a pulse of the engine's second thread, which nothing it computes can stop, after which it is ended. */
  readonly pulseMs?: number;
  /** Milliseconds without a job after which the engine is ended; it starts again with the next. */
  readonly idleMs?: number;
}

interface Pending {
  readonly listener: JobListener;
  readonly succeed: (raw: unknown) => void;
  readonly fail: (error: Error) => void;
  /** The engine that works on it; null while it waits for the last one to end. */
  child: ChildProcess | null;
  runFolder: string | null;
  cancelTimer: NodeJS.Timeout | null;
}

export class EngineProcess {
  readonly #options: EngineOptions;
  readonly #pending = new Map<string, Pending>();
  /** Programs that the engine started, each in a process group of its own. */
  readonly #programs = new Set<number>();
  #child: ChildProcess | null = null;
  #state: EngineState = "stopped";
  #asked = false;
  #nextJob = 1;
  #silence: NodeJS.Timeout | null = null;
  #pulses: EnginePulses | null = null;
  #idle: NodeJS.Timeout | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get state(): EngineState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts a job, and the engine when it does not run. */
  start<K extends JobKind>(request: JobRequest & { kind: K }, listener: JobListener = {}): RunningJob<K> {
    const id = `${this.#nextJob++}`;
    const result = new Promise<JobResult<K>>((resolve, reject) => {
      this.#pending.set(id, {
        listener,
        succeed: (raw) => {
          const parsed = jobResults[request.kind].safeParse(raw);
          if (parsed.success) resolve(parsed.data as JobResult<K>);
          else
            reject(
              new JobFailed("The engine's answer cannot be read; reload the window.", parsed.error.message),
            );
        },
        fail: reject,
        child: null,
        runFolder: null,
        cancelTimer: null,
      });
    });
    this.#startJob(id, request);
    return { id, result, cancel: () => this.#cancel(id) };
  }

  /** Ends the engine and everything it started: asked first, killed after the grace. Resolves when it is gone. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#asked = true;
    const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
    this.#post(child, { type: "shutdown" });
    const timer = setTimeout(() => this.#killAll(), this.#graceMs);
    await gone;
    clearTimeout(timer);
  }

  /** For a host that cannot wait: kills at once. */
  dispose(): void {
    this.#asked = true;
    this.#killAll();
  }

  get #graceMs(): number {
    return this.#options.graceMs ?? 4000;
  }

  #startJob(job: string, request: JobRequest): void {
    const pending = this.#pending.get(job);
    if (!pending) return;
    if (this.#idle) clearTimeout(this.#idle);
    if (this.#child && this.#asked) {
      this.#child.once("close", () => this.#startJob(job, request));
      return;
    }
    pending.child = this.#child ?? this.#fork();
    this.#post(pending.child, { type: "start", job, request });
  }

  #post(child: ChildProcess, message: ToEngine): void {
    if (!child.connected) return;
    child.send(message, (error) => {
      if (error) this.#options.onOutput?.(`message not delivered: ${error.message}`);
    });
  }

  #fork(): ChildProcess {
    const child = fork(this.#options.enginePath, [], {
      execArgv: [],
      serialization: "advanced",
      // A group of its own: a signal to the group reaches whatever the engine started.
      detached: process.platform !== "win32",
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      env: { ...process.env, ...this.#options.env, [pulseVariable]: "4", ELECTRON_RUN_AS_NODE: "1" },
    });
    this.#child = child;
    this.#asked = false;
    const pulseMs = this.#options.pulseMs ?? 120_000;
    this.#pulses = new EnginePulses(child.stdio[4] as Readable, pulseMs, () => this.#killAll());
    this.#setState("starting");
    let lastOutput = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        lastOutput = (lastOutput + text).slice(-2000);
        for (const line of text.split("\n")) if (line.trim()) this.#options.onOutput?.(line);
      });
    }
    child.on("message", (raw) => this.#receive(raw));
    child.on("error", (error) => this.#ended(child, `it did not start (${error.message})`, lastOutput));
    child.on("close", (code, signal) => {
      const how = signal ? `it was ended by ${signal}` : `it ended with status ${code}`;
      this.#ended(child, this.#pulses?.hung ?? how, lastOutput);
    });
    return child;
  }

  #receive(raw: unknown): void {
    const parsed = fromEngine.safeParse(raw);
    if (!parsed.success) {
      this.#options.onOutput?.(`message not understood: ${parsed.error.message}`);
      return;
    }
    const message = parsed.data;
    this.#setState("ready");
    this.#listenForSilence();
    if (message.type === "program") {
      if (message.running) this.#programs.add(message.pid);
      else this.#programs.delete(message.pid);
    } else if ("job" in message) {
      this.#answer(message);
    }
  }

  #answer(message: Extract<FromEngine, { job: string }>): void {
    const pending = this.#pending.get(message.job);
    if (!pending) return;
    switch (message.type) {
      case "progress":
        pending.runFolder = message.progress.runFolder ?? pending.runFolder;
        pending.listener.progress?.(message.progress);
        break;
      case "cycles":
        pending.runFolder = message.runFolder;
        pending.listener.cycles?.(message.runFolder, message.cycles);
        break;
      case "done":
        this.#settle(message.job)?.succeed(message.result);
        break;
      case "failed":
        this.#settle(message.job)?.fail(new JobFailed(message.message, message.detail, message.remedy));
        break;
      case "cancelled":
        this.#settle(message.job)?.fail(new JobCancelled("cancelled"));
        break;
    }
  }

  #settle(job: string): Pending | undefined {
    const pending = this.#pending.get(job);
    if (pending?.cancelTimer) clearTimeout(pending.cancelTimer);
    this.#pending.delete(job);
    if (this.#pending.size === 0 && this.#options.idleMs !== undefined) {
      this.#idle = setTimeout(() => void this.stop(), this.#options.idleMs);
      this.#idle.unref();
    }
    return pending;
  }

  #cancel(job: string): void {
    const pending = this.#pending.get(job);
    if (!pending || pending.cancelTimer) return;
    if (!pending.child) {
      this.#settle(job)?.fail(new JobCancelled("cancelled"));
      return;
    }
    this.#post(pending.child, { type: "cancel", job });
    pending.cancelTimer = setTimeout(() => this.#killAll(), this.#graceMs);
  }

  /** The engine is gone: every job gets its answer, every run its end, every program it started is killed. */
  #ended(child: ChildProcess, how: string, output: string): void {
    if (this.#child !== child) return;
    const asked = this.#asked;
    this.#child = null;
    if (this.#silence) clearTimeout(this.#silence);
    this.#pulses?.stop();
    if (this.#idle) clearTimeout(this.#idle);
    if (child.pid !== undefined) killGroup(child.pid);
    for (const pid of this.#programs) killGroup(pid);
    this.#programs.clear();
    this.#setState("stopped");
    const message = `The engine stopped: ${how}; start the job again.`;
    const runFolders: string[] = [];
    for (const [job, pending] of [...this.#pending]) {
      if (pending.child !== child) continue;
      const wanted = asked || pending.cancelTimer !== null;
      if (pending.runFolder) {
        runFolders.push(pending.runFolder);
        markEnded(pending.runFolder, wanted ? "cancelled" : "failed", wanted ? null : message);
      }
      this.#settle(job)?.fail(wanted ? new JobCancelled("cancelled") : new JobFailed(message, output));
    }
    if (!asked) this.#options.onCrash?.(message, runFolders);
  }

  #killAll(): void {
    const pid = this.#child?.pid;
    if (pid !== undefined) killGroup(pid);
    for (const program of this.#programs) killGroup(program);
  }

  #listenForSilence(): void {
    if (this.#silence) clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#setState("silent"), this.#options.silenceMs ?? 20_000);
    this.#silence.unref();
  }

  #setState(state: EngineState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}
