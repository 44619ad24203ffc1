/** Installations of backends, one at a time: with progress and a cancel, and told to whoever shows them. */
import * as vscode from "vscode";
import type { JobResult } from "../protocol/engine.ts";
import type { TuningState } from "../protocol/tuning.ts";
import { errorText } from "../words/errors.ts";
import { JobCancelled } from "./engineJob.ts";
import type { EngineProcess } from "./engineProcess.ts";
import type { Log } from "./log.ts";

type InstallPlan = NonNullable<JobResult<"backends">["backends"][number]["install"]>;
type InstallState = TuningState["backend"]["install"];

export class Installs implements vscode.Disposable {
  readonly #engine: EngineProcess;
  readonly #log: Log;
  readonly #changed = new vscode.EventEmitter<void>();
  #state: InstallState = null;

  readonly onDidChange = this.#changed.event;

  constructor(engine: EngineProcess, log: Log) {
    this.#engine = engine;
    this.#log = log;
  }

  /** The installation that runs, or the last one if it failed. */
  get state(): InstallState {
    return this.#state;
  }

  /** Throws what the engine says when it fails, and `JobCancelled`. */
  async run(plan: InstallPlan): Promise<void> {
    const { packageName, version, folder } = plan;
    const title = `Installing ${packageName}`;
    const progress = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    this.#show({ packageName, message: "starting", step: 0, steps: 0, failed: false });
    try {
      await vscode.window.withProgress(progress, (report, token) => this.#install(plan, report, token));
      this.#show(null);
    } catch (error) {
      const failed = { packageName, message: errorText(error), step: 0, steps: 0, failed: true };
      this.#show(error instanceof JobCancelled ? null : failed);
      throw error;
    }
    this.#log.info(`Installed ${packageName} ${version} into ${folder}.`);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #install(
    { backend, packageName }: InstallPlan,
    report: vscode.Progress<{ message?: string; increment?: number }>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    let shown = 0;
    const job = this.#engine.start(
      { kind: "install", backend },
      {
        progress: ({ message, step, steps }) => {
          const percent = Math.min(99, (100 * step) / steps);
          report.report({ message, increment: Math.max(0, percent - shown) });
          shown = Math.max(shown, percent);
          this.#show({ packageName, message, step: Math.min(step, steps), steps, failed: false });
        },
      },
    );
    token.onCancellationRequested(() => job.cancel());
    await job.result;
  }

  #show(state: InstallState): void {
    this.#state = state;
    this.#changed.fire();
  }
}
