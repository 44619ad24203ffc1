/** One item: at rest the last result, at work how far it is, and whether saves are tuned by themselves. */
import * as vscode from "vscode";
import { label } from "../words/escape/sinks.ts";
import { visible } from "../words/escape/visible.ts";
import { percent } from "../words/numbers.ts";
import { progressText } from "../words/runs.ts";
import { briefVerdict, toneOf, verdictLine } from "../words/verdict.ts";
import type { App } from "./app.ts";
import type { ActiveGrid } from "./grids.ts";
import { viewIds } from "./ids.ts";
import type { ActiveTune, TuneEnd } from "./tuner.ts";

export class StatusBar implements vscode.Disposable {
  readonly #app: Omit<App, "panels">;
  readonly #item = vscode.window.createStatusBarItem("selmix.status", vscode.StatusBarAlignment.Left, 10);
  readonly #disposables: vscode.Disposable[];

  constructor(app: Omit<App, "panels">) {
    this.#app = app;
    this.#item.name = "SelMix";
    this.#item.command = `${viewIds.tuning}.focus`;
    const update = () => this.#update();
    this.#disposables = [
      this.#item,
      app.projects.onDidChange(update),
      app.tuner.onDidChange(update),
      app.grids.onDidChange(update),
    ];
    this.#update();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #update(): void {
    const { projects, tuner, retune, grids } = this.#app;
    const { active } = projects;
    if (!active) {
      this.#item.hide();
      return;
    }
    const [working, ...others] = tuner.active;
    const end = tuner.last(active.path);
    const watches = active.project?.configuration.autoRetune === true;
    this.#item.backgroundColor = undefined;
    if (working) this.#showWork(working, others.length);
    else if (grids.active) this.#showGrid(grids.active);
    else if (active.error !== null) this.#show("error", "SelMix", active.error);
    else if (end) this.#showEnd(end);
    else if (watches) this.#show("eye", "SelMix", "Every checkpoint that is saved is tuned.");
    else this.#show("target", "SelMix", "Nothing is being tuned.");
    const waiting = retune.waiting(active.path);
    if (waiting) {
      const next = visible(projects.nameOf(active.path, waiting));
      this.#item.tooltip = `${this.#item.tooltip}\n${next} is next.`;
    }
    this.#item.show();
  }

  #showWork({ configuration, checkpoint, progress, stopping }: ActiveTune, others: number): void {
    const { projects } = this.#app;
    const name = checkpoint ? projects.nameOf(configuration, checkpoint) : "newest checkpoint";
    const share = progress && progress.steps > 0 ? progress.step / progress.steps : 0;
    const done = progress?.phase === "tune" ? ` ${percent(share)}` : "";
    const what = stopping ? "Stopping" : "Tuning";
    const more = others > 0 ? `, and ${others} more` : "";
    this.#show(
      // It does not spin: that would have the window drawn twenty times a second, on a processor that the tune may share.
      "sync",
      `SelMix${done}`,
      `${what} ${name}${more}: ${progress ? progressText(progress) : "starting"}`,
    );
  }

  #showGrid({ what, progress, stopping }: ActiveGrid): void {
    const far = progress?.phase === "grid" ? ` ${progress.step}/${progress.steps}` : "";
    const how = stopping ? "stopping" : progress ? progressText(progress) : "starting";
    this.#show("sync", `SelMix${far}`, `${what}: ${how}`);
  }

  #showEnd({ tune, outcome }: TuneEnd): void {
    const name = this.#app.projects.nameOf(tune.configuration, tune.checkpoint ?? "");
    if (outcome.kind === "failed") {
      this.#show("error", "SelMix", outcome.message);
      this.#item.backgroundColor = new vscode.ThemeColor("statusBarItem.errorBackground");
    } else if (outcome.kind === "cancelled") {
      this.#show("circle-slash", "SelMix", `Tuning ${name} was stopped.`);
    } else {
      const icons = { good: "check", open: "question", bad: "warning" } as const;
      this.#show(icons[toneOf(outcome.result)], briefVerdict(outcome.result), verdictLine(outcome.result));
    }
  }

  #show(icon: string, text: string, tooltip: string): void {
    this.#item.text = `$(${icon}) ${label.text(text)}`;
    this.#item.tooltip = visible(tooltip);
    this.#item.accessibilityInformation = { label: `SelMix: ${this.#item.tooltip}` };
  }
}
