/** The sweep of this session, one at a time, and how it stands. */
import * as vscode from "vscode";
import { endSweep } from "../project/sweepFolder.ts";
import type { SweptBound } from "../protocol/sweep.ts";
import { errorText } from "../words/errors.ts";
import { sweepText, sweptName } from "../words/sweep.ts";
import { JobCancelled } from "./engineJob.ts";
import type { EngineProcess } from "./engineProcess.ts";
import type { Log } from "./log.ts";
import { type JobStanding, OneJob } from "./oneJob.ts";
import type { OpenProject, Projects } from "./projects.ts";
import type { Settings } from "./settings.ts";

/** Bounds of a sweep that is asked for in the editor. */
const pointsOfSweep = 20;

/** A sweep at work. */
export interface ActiveSweep extends JobStanding {
  readonly configuration: string;
  /** Null until its folder exists. */
  folder: string | null;
}

export class Sweeper implements vscode.Disposable {
  readonly #engine: EngineProcess;
  readonly #projects: Projects;
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #job = new OneJob<ActiveSweep>();
  #error: string | null = null;

  /** Fires on start, progress and end. */
  readonly onDidChange = this.#job.onDidChange;

  constructor(engine: EngineProcess, projects: Projects, settings: Settings, log: Log) {
    this.#engine = engine;
    this.#projects = projects;
    this.#settings = settings;
    this.#log = log;
  }

  get active(): ActiveSweep | null {
    return this.#job.active;
  }

  /** Why the last sweep came to nothing; null where it did not. */
  get error(): string | null {
    return this.#error;
  }

  /** Sweeps a bound; nothing where a sweep is at work. Resolves at its end, however it ends. */
  async sweep(project: OpenProject, checkpoint: string | null, swept: SweptBound): Promise<void> {
    if (this.active !== null || !vscode.workspace.isTrusted) return;
    const sweep: ActiveSweep = {
      configuration: project.path,
      ...{ folder: null, progress: null, stopping: false },
    };
    this.#log.info(`Sweeping a bound on ${sweptName(swept)}.`);
    const request = {
      kind: "sweep" as const,
      ...{ configurationPath: project.path, checkpoint, swept, bounds: pointsOfSweep },
      ...this.#settings.asked,
      ...this.#projects.scope(project.path),
    };
    const job = this.#engine.start(request, {
      progress: (progress) => {
        sweep.folder = progress.runFolder ?? sweep.folder;
        this.#job.progress(sweep, progress);
      },
    });
    this.#error = null;
    this.#job.begin(sweep, job);
    try {
      this.#log.info(sweepText((await job.result).sweep));
    } catch (error) {
      this.#ended(sweep, error);
    }
    this.#job.end();
  }

  /** Says why; and for an engine that was killed, in the record too. */
  #ended({ folder }: ActiveSweep, error: unknown): void {
    const isStopped = error instanceof JobCancelled;
    this.#error = isStopped ? null : errorText(error);
    if (this.#error !== null) this.#log.error(`The sweep failed: ${this.#error}`);
    if (folder !== null) endSweep(folder, isStopped ? "cancelled" : "failed", this.#error);
  }

  stop(): void {
    this.#job.stop();
  }

  /** Tells listeners that something about the sweeps changed: a point was used. */
  touch(): void {
    this.#job.touch();
  }

  dispose(): void {
    this.#job.dispose();
  }
}
