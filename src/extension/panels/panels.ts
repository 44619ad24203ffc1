/** The panels that are open: gain and recall of a run, and the comparison of runs. They come back after a reload. */
import path from "node:path";
import * as vscode from "vscode";
import { readRunRecord } from "../../project/readRuns.ts";
import { panelState } from "../../protocol/panels.ts";
import { type PanelKind, panelIds } from "../ids.ts";
import type { Log } from "../log.ts";
import type { RunList } from "../runList.ts";
import type { Tuner } from "../tuner.ts";
import { checkpointName } from "../words.ts";
import { pageOf, webviewRoots } from "./page.ts";
import { RunPanel } from "./runPanel.ts";

export interface PanelsOptions {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  readonly runs: RunList;
  readonly tuner: Tuner;
}

const titles: Record<PanelKind, string> = { gain: "Gain", recall: "Recall", compare: "Compare" };

export class Panels implements vscode.Disposable {
  readonly #options: PanelsOptions;
  readonly #open = new Set<RunPanel>();
  readonly #disposables: vscode.Disposable[] = [];

  constructor(options: PanelsOptions) {
    this.#options = options;
    for (const kind of Object.keys(panelIds) as PanelKind[]) {
      this.#disposables.push(
        vscode.window.registerWebviewPanelSerializer(panelIds[kind], {
          deserializeWebviewPanel: async (panel, kept) => {
            const { data } = panelState.safeParse(kept);
            this.#adopt(kind, panel, data?.runFolders ?? []);
          },
        }),
      );
    }
    const { tuner, runs } = options;
    this.#disposables.push(
      tuner.onCycle(({ runFolder, cycle }) => {
        for (const panel of this.#open) panel.cycle(runFolder, cycle);
      }),
      runs.onDidChange(() => {
        for (const panel of this.#open) panel.runsChanged();
      }),
    );
  }

  /** Shows a panel for these runs: the one that is open for them, else a new one beside the editor. */
  show(kind: PanelKind, runFolders: readonly string[]): void {
    for (const panel of this.#open) {
      if (panel.shows(kind, runFolders)) {
        panel.reveal();
        return;
      }
    }
    const panel = vscode.window.createWebviewPanel(
      panelIds[kind],
      titleOf(kind, runFolders),
      vscode.ViewColumn.Active,
      this.#webviewOptions(),
    );
    this.#adopt(kind, panel, runFolders);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    for (const panel of [...this.#open]) panel.dispose();
  }

  #webviewOptions(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: webviewRoots(this.#options.extensionUri) };
  }

  #adopt(kind: PanelKind, panel: vscode.WebviewPanel, runFolders: readonly string[]): void {
    const { extensionUri, log, runs, tuner } = this.#options;
    panel.title = titleOf(kind, runFolders);
    panel.iconPath = vscode.Uri.joinPath(extensionUri, "media", "icon.png");
    panel.webview.options = this.#webviewOptions();
    const adopted = new RunPanel({ kind, panel, runFolders, log, runs, tuner });
    this.#open.add(adopted);
    panel.onDidDispose(() => {
      this.#open.delete(adopted);
      adopted.dispose();
    });
    // Set last: the page says `ready` as soon as it is loaded.
    panel.webview.html = pageOf(panel.webview, extensionUri, kind);
  }
}

function titleOf(kind: PanelKind, runFolders: readonly string[]): string {
  const [first] = runFolders;
  if (!first || kind === "compare") return titles[kind];
  const run = readRunRecord(first);
  return `${titles[kind]}: ${run ? checkpointName(run.checkpoint) : path.basename(first)}`;
}
