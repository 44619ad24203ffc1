/** Tunes, one at a time per configuration, and tells how they stand. */

import * as vscode from "vscode";
import { metricName } from "../metrics/catalogue.ts";
import { objectiveKey } from "../metrics/composed.ts";
import type { JobProgress, Remedy } from "../protocol/engine.ts";
import type { CycleRecord, TuneResult } from "../protocol/records.ts";
import type { Content } from "../watching/content.ts";
import { errorText } from "../words/errors.ts";
import { duration } from "../words/numbers.ts";
import { backendText } from "../words/runs.ts";
import { outputText, verdictLine } from "../words/verdict.ts";
import { JobCancelled, JobFailed, type RunningJob } from "./engineJob.ts";
import type { EngineProcess } from "./engineProcess.ts";
import type { Log } from "./log.ts";
import type { OpenProject, Projects } from "./projects.ts";
import type { Settings } from "./settings.ts";

export type Trigger = "user" | "save";

/** A tune at work. */
export interface ActiveTune {
  readonly configuration: string;
  /** Null until the engine says which checkpoint is the newest. */
  readonly checkpoint: string | null;
  readonly trigger: Trigger;
  readonly startedAt: number;
  progress: JobProgress | null;
  /** Set once the run's folder exists. */
  runFolder: string | null;
  stopping: boolean;
}

/** How a tune ended. */
export type Outcome =
  | { readonly kind: "done"; readonly result: TuneResult }
  /** `remedy`: what the user can do about it by a click. */
  | { readonly kind: "failed"; readonly message: string; readonly remedy?: Remedy }
  | { readonly kind: "cancelled" };

/** Cycles of a run at work, in order. */
export interface NewCycles {
  readonly configuration: string;
  readonly runFolder: string;
  readonly cycles: readonly CycleRecord[];
}

export interface TuneEnd {
  readonly tune: ActiveTune;
  readonly outcome: Outcome;
}

export class Tuner implements vscode.Disposable {
  readonly #engine: EngineProcess;
  readonly #projects: Projects;
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #active = new Map<string, { tune: ActiveTune; job: RunningJob<"tune"> }>();
  readonly #last = new Map<string, TuneEnd>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #ended = new vscode.EventEmitter<TuneEnd>();
  readonly #began = new vscode.EventEmitter<ActiveTune>();
  readonly #cycles = new vscode.EventEmitter<NewCycles>();

  /** Fires on start, progress and end. */
  readonly onDidChange = this.#changed.event;
  readonly onDidEnd = this.#ended.event;
  /** Fires when a tune has a run folder. */
  readonly onDidBegin = this.#began.event;
  readonly onCycles = this.#cycles.event;

  constructor(engine: EngineProcess, projects: Projects, settings: Settings, log: Log) {
    this.#engine = engine;
    this.#projects = projects;
    this.#settings = settings;
    this.#log = log;
  }

  get active(): ActiveTune[] {
    return [...this.#active.values()].map(({ tune }) => tune);
  }

  of(configuration: string): ActiveTune | undefined {
    return this.#active.get(configuration)?.tune;
  }

  /** How the last tune of this session ended. */
  last(configuration: string): TuneEnd | undefined {
    return this.#last.get(configuration);
  }

  /** Starts a tune; null when one is at work for this configuration, or the workspace is not trusted. */
  async tune(
    project: OpenProject,
    checkpoint: string | null,
    trigger: Trigger,
    { replace = false, content }: { replace?: boolean; content?: Content } = {},
  ): Promise<TuneEnd | null> {
    if (this.#active.has(project.path) || !vscode.workspace.isTrusted) return null;
    const { keepRuns } = this.#settings;
    const name = checkpoint ? this.#projects.nameOf(project.path, checkpoint) : "the newest checkpoint";
    const objective = objectiveKey(project.project?.configuration.objective ?? "");
    this.#log.info(
      `Tuning ${name} for ${metricName(objective)}${trigger === "save" ? ", because it was saved" : ""}.`,
    );
    const tune: ActiveTune = {
      configuration: project.path,
      checkpoint,
      trigger,
      startedAt: Date.now(),
      progress: null,
      runFolder: null,
      stopping: false,
    };
    const job = this.#engine.start(
      {
        kind: "tune",
        request: {
          configurationPath: project.path,
          checkpoint,
          trigger,
          replace,
          keepRuns,
          ...(content && { content }),
          ...this.#settings.asked,
          ...this.#projects.scope(project.path),
        },
      },
      {
        progress: (progress) => this.#progress(tune, progress),
        cycles: (runFolder, cycles) => this.#cycles.fire({ configuration: project.path, runFolder, cycles }),
      },
    );
    this.#active.set(project.path, { tune, job });
    this.#changed.fire();
    const outcome = await this.#outcome(job);
    const end: TuneEnd = { tune, outcome };
    this.#active.delete(project.path);
    this.#last.set(project.path, end);
    this.#logEnd(name, end);
    this.#changed.fire();
    this.#ended.fire(end);
    return end;
  }

  stop(configuration: string): void {
    const active = this.#active.get(configuration);
    if (!active) return;
    active.tune.stopping = true;
    active.job.cancel();
    this.#changed.fire();
  }

  /** Tells listeners that something around the tunes changed: what waits, for example. */
  touch(): void {
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
    this.#ended.dispose();
    this.#began.dispose();
    this.#cycles.dispose();
  }

  #progress(tune: ActiveTune, progress: JobProgress): void {
    if (progress.phase !== tune.progress?.phase) this.#log.debug(progress.message);
    tune.progress = progress;
    if (tune.runFolder === null && progress.runFolder !== null) {
      tune.runFolder = progress.runFolder;
      this.#began.fire(tune);
    }
    this.#changed.fire();
  }

  async #outcome(job: RunningJob<"tune">): Promise<Outcome> {
    try {
      return { kind: "done", result: await job.result };
    } catch (error) {
      if (error instanceof JobCancelled) return { kind: "cancelled" };
      if (error instanceof JobFailed && error.detail) this.#log.debug(error.detail);
      const remedy = error instanceof JobFailed && error.remedy ? { remedy: error.remedy } : {};
      return { kind: "failed", message: errorText(error), ...remedy };
    }
  }

  #logEnd(name: string, { tune, outcome }: TuneEnd): void {
    const took = duration((Date.now() - tune.startedAt) / 1000);
    if (outcome.kind === "cancelled") this.#log.info(`Stopped tuning ${name} after ${took}.`);
    else if (outcome.kind === "failed")
      this.#log.error(`Tuning ${name} failed after ${took}: ${outcome.message}`);
    else {
      const { result } = outcome;
      const tuned = this.#projects.nameOf(tune.configuration, result.checkpoint ?? tune.checkpoint ?? "");
      this.#log.info(`Tuned ${tuned} in ${took}. ${verdictLine(result)} ${outputText(result)}`);
      this.#log.debug(`Backend ${backendText(result.backend)}`);
    }
  }
}
