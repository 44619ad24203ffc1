/**
 * What checkpoints are worth before any tuning, measured without being asked: only where somebody looks, the workspace is trusted,
 * and the work is small. It reads tables that are there, and never runs a command or a network to make them.
 */
import * as vscode from "vscode";
import type { SetReport } from "../protocol/evaluation.ts";
import { type Baseline, baselineOf } from "../words/baseline.ts";
import { errorText } from "../words/errors.ts";
import type { CheckpointEntry } from "./checkpointList.ts";
import { JobCancelled, type RunningJob } from "./engineJob.ts";
import type { EngineProcess } from "./engineProcess.ts";
import type { Log } from "./log.ts";
import type { OpenProject, Projects } from "./projects.ts";
import { smallWork } from "./smallWork.ts";

export type BaselineState =
  | { readonly kind: "known"; readonly baseline: Baseline; readonly validation: SetReport }
  | { readonly kind: "failed"; readonly message: string };

interface Kept {
  /** Everything that it depends on: content changes change it. */
  readonly key: string;
  readonly job: RunningJob<"evaluate"> | null;
  readonly state: BaselineState | null;
  /** Settles when the state is known. */
  readonly work: Promise<void>;
}

export interface BaselinesOptions {
  readonly engine: EngineProcess;
  readonly projects: Projects;
  readonly log: Log;
  /** Called when a checkpoint has been measured. */
  readonly onMeasured: () => void;
}

export class Baselines implements vscode.Disposable {
  readonly #options: BaselinesOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: BaselinesOptions) {
    this.#options = options;
  }

  /** What is known of a checkpoint; null where nothing is yet, or may be. Measures it where that is small work. */
  of(project: OpenProject, entry: CheckpointEntry): BaselineState | null {
    const key = keyOf(project, entry);
    if (key === null) return null;
    const kept = this.#kept.get(project.path);
    if (kept?.key === key) return kept.state;
    kept?.job?.cancel();
    this.#measure(project, entry, key);
    return null;
  }

  /** The same of validation, waited for; null where it may not be measured, or could not. */
  async validationOf(project: OpenProject, entry: CheckpointEntry): Promise<SetReport | null> {
    if (this.of(project, entry) === null) await this.#kept.get(project.path)?.work;
    const state = this.of(project, entry);
    return state?.kind === "known" ? state.validation : null;
  }

  dispose(): void {
    for (const { job } of this.#kept.values()) job?.cancel();
    this.#kept.clear();
  }

  #measure(project: OpenProject, entry: CheckpointEntry, key: string): void {
    const { engine, projects } = this.#options;
    const job = engine.start({
      kind: "evaluate",
      configurationPath: project.path,
      checkpoint: entry.path,
      backend: "wasm",
      ...projects.scope(project.path),
    });
    const work = this.#follow(project, entry, key, job);
    this.#kept.set(project.path, { key, job, state: null, work });
  }

  async #follow(
    project: OpenProject,
    entry: CheckpointEntry,
    key: string,
    job: RunningJob<"evaluate">,
  ): Promise<void> {
    const { projects, log, onMeasured } = this.#options;
    const name = projects.nameOf(project.path, entry.path);
    let state: BaselineState;
    try {
      const result = await job.result;
      entry.evaluation = result.evaluation;
      state = { kind: "known", baseline: baselineOf(name, result), validation: result.sets.validation };
    } catch (error) {
      if (error instanceof JobCancelled) return;
      log.debug(`${name} could not be measured: ${errorText(error)}`);
      state = { kind: "failed", message: errorText(error) };
    }
    if (this.#kept.get(project.path)?.job !== job) return;
    this.#kept.set(project.path, { key, job: null, state, work: Promise.resolve() });
    onMeasured();
  }
}

/** Null where it must not, or need not, be measured without being asked. */
function keyOf({ project }: OpenProject, entry: CheckpointEntry): string | null {
  return project && vscode.workspace.isTrusted ? smallWork(project, entry) : null;
}
