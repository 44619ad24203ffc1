/** A kind of job of which one is at work at a time, and how it stands. */
import * as vscode from "vscode";
import type { JobProgress } from "../protocol/engine.ts";
import type { RunningJob } from "./engineJob.ts";

/** What is known of a job at work. */
export interface JobStanding {
  progress: JobProgress | null;
  stopping: boolean;
}

export class OneJob<Standing extends JobStanding> implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  #active: { readonly standing: Standing; readonly cancel: () => void } | null = null;

  /** Fires on start, progress and end. */
  readonly onDidChange = this.#changed.event;

  get active(): Standing | null {
    return this.#active?.standing ?? null;
  }

  begin(standing: Standing, job: Pick<RunningJob<"grid" | "sweep">, "cancel">): void {
    this.#active = { standing, cancel: () => job.cancel() };
    this.#changed.fire();
  }

  progress(standing: Standing, progress: JobProgress): void {
    standing.progress = progress;
    this.#changed.fire();
  }

  stop(): void {
    if (this.#active === null) return;
    this.#active.standing.stopping = true;
    this.#active.cancel();
    this.#changed.fire();
  }

  end(): void {
    this.#active = null;
    this.#changed.fire();
  }

  /** Tells listeners that something about what the job left changed. */
  touch(): void {
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
