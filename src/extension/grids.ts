/** The grid of this session, one at a time, and how it stands. Its tunes lie in the tasks' folders, whoever looks. */
import type * as vscode from "vscode";
import type { GridResult, JobProgress } from "../protocol/engine.ts";
import { errorText } from "../words/errors.ts";
import { gridEndText } from "../words/grid.ts";
import { JobCancelled, type RunningJob } from "./engineJob.ts";
import type { EngineProcess } from "./engineProcess.ts";
import { type GridChoice, sweepingText } from "./gridChoices.ts";
import type { Log } from "./log.ts";
import { type JobStanding, OneJob } from "./oneJob.ts";
import type { OpenProject, Projects } from "./projects.ts";
import type { Settings } from "./settings.ts";

/** A grid at work. */
export interface ActiveGrid extends JobStanding {
  readonly configuration: string;
  /** "Sweeping a grid of 24 tunes" */
  readonly what: string;
}

export class Grids implements vscode.Disposable {
  readonly #engine: EngineProcess;
  readonly #projects: Projects;
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #job = new OneJob<ActiveGrid>();

  /** Fires on start, progress and end. */
  readonly onDidChange = this.#job.onDidChange;

  constructor(engine: EngineProcess, projects: Projects, settings: Settings, log: Log) {
    this.#engine = engine;
    this.#projects = projects;
    this.#settings = settings;
    this.#log = log;
  }

  get active(): ActiveGrid | null {
    return this.#job.active;
  }

  /** Starts a grid, which is not to be done while one is at work. Its end is also in the log. */
  start(
    project: OpenProject,
    { objectives, seeds, checkpoints }: GridChoice,
    tell: (progress: JobProgress) => void,
  ): Pick<RunningJob<"grid">, "result" | "cancel"> {
    const what = sweepingText({ objectives, seeds, checkpoints });
    const grid: ActiveGrid = { configuration: project.path, what, progress: null, stopping: false };
    this.#log.info(`${what}.`);
    const request = {
      kind: "grid" as const,
      ...{ configurationPath: project.path, objectives: [...objectives], seeds: [...seeds] },
      checkpoints: checkpoints && [...checkpoints],
      ...this.#settings.asked,
      ...this.#projects.scope(project.path),
    };
    const job = this.#engine.start(request, {
      progress: (progress) => {
        tell(progress);
        this.#job.progress(grid, progress);
      },
    });
    this.#job.begin(grid, job);
    return { result: this.#ended(job), cancel: () => this.stop() };
  }

  stop(): void {
    this.#job.stop();
  }

  dispose(): void {
    this.#job.dispose();
  }

  async #ended({ result }: RunningJob<"grid">): Promise<GridResult> {
    try {
      const ended = await result;
      for (const line of [`${gridEndText(ended)}.`, ...ended.sentences]) this.#log.info(line);
      return ended;
    } catch (error) {
      if (error instanceof JobCancelled)
        this.#log.info("The grid was stopped; what is tuned stays, and the same grid goes on from there.");
      else this.#log.error(`The grid failed: ${errorText(error)}`);
      throw error;
    } finally {
      this.#job.end();
    }
  }
}
