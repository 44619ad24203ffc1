/** Context keys: what menus, welcome views and the palette offer depends on them. */
import * as vscode from "vscode";
import type { App } from "./app.ts";
import { contextKeys } from "./ids.ts";

export class Contexts implements vscode.Disposable {
  readonly #app: Omit<App, "panels">;
  readonly #set = new Map<string, boolean>();
  readonly #disposables: vscode.Disposable[];
  #sawResult = false;

  constructor(app: Omit<App, "panels">) {
    this.#app = app;
    const update = () => this.update();
    this.#disposables = [
      app.projects.onDidChange(update),
      app.checkpoints.onDidChange(update),
      app.runs.onDidChange(update),
      app.tuner.onDidChange(update),
      app.grids.onDidChange(update),
    ];
  }

  update(): void {
    const { projects, checkpoints, runs, tuner, grids } = this.#app;
    const all = runs.all;
    const constraints = projects.active?.project?.configuration.constraints ?? [];
    const values: Record<keyof typeof contextKeys, boolean> = {
      hasConfiguration: projects.all.length > 0,
      severalConfigurations: projects.all.length > 1,
      hasConstraints: constraints.length > 0,
      hasCheckpoints: checkpoints.count > 0,
      running: tuner.active.length > 0 || grids.active !== null,
      hasRuns: all.length > 0,
      canCompare: all.filter(({ result }) => result !== null).length > 1,
      choseObjective: projects.choseObjective,
      sawResult: this.#sawResult,
      retunes: projects.all.some(({ project }) => project?.configuration.autoRetune === true),
      ready: !checkpoints.isStarting,
    };
    for (const [name, value] of Object.entries(values)) {
      const key = contextKeys[name as keyof typeof contextKeys];
      if (this.#set.get(key) === value) continue;
      this.#set.set(key, value);
      void vscode.commands.executeCommand("setContext", key, value);
    }
  }

  /** A panel shows what a run came to. */
  resultSeen(): void {
    this.#sawResult = true;
    this.update();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
