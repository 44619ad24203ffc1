/** The panels that are open: gain and recall of a run, and the comparison of runs. They come back after a reload. */
import * as vscode from "vscode";
import { panelState } from "../../protocol/panels.ts";
import { type PanelKind, panelIds } from "../ids.ts";
import type { Log } from "../log.ts";
import type { Projects } from "../projects.ts";
import type { RunList } from "../runList.ts";
import type { Sweeper } from "../sweeper.ts";
import type { Tuner } from "../tuner.ts";
import { FrontierPanel } from "./frontierPanel.ts";
import { pageOf, webviewRoots } from "./page.ts";
import { RunPanel } from "./runPanel.ts";
import { RunsPanel } from "./runsPanel.ts";
import type { Looking, SweptPoint } from "./sweptPoint.ts";
import { titles } from "./titles.ts";

export interface PanelsOptions {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  readonly runs: RunList;
  readonly tuner: Tuner;
  readonly projects: Projects;
  readonly sweeper: Sweeper;
  /** What is kept for this workspace. */
  readonly memory: vscode.Memento;
  /** Called when the user is shown what a run came to. */
  readonly onResultShown: () => void;
}

export class Panels implements vscode.Disposable {
  readonly #options: PanelsOptions;
  readonly #open = new Set<RunPanel>();
  readonly #disposables: vscode.Disposable[] = [];
  readonly #table: RunsPanel;
  readonly #frontier: FrontierPanel;

  constructor(options: PanelsOptions) {
    this.#options = options;
    const compare = (folders: readonly string[]) => this.show("compare", folders);
    this.#table = new RunsPanel({ ...options, compare });
    this.#frontier = new FrontierPanel({ ...options, look: (point, why) => this.#look(point, why) });
    for (const kind of Object.keys(panelIds) as PanelKind[]) {
      this.#disposables.push(
        vscode.window.registerWebviewPanelSerializer(panelIds[kind], {
          deserializeWebviewPanel: async (panel, kept) => {
            const { data } = panelState.safeParse(kept);
            this.#adopt(kind, panel, data?.runFolders ?? [], data?.following);
          },
        }),
      );
    }
    const { tuner, runs } = options;
    this.#disposables.push(
      tuner.onCycles((news) => {
        for (const panel of this.#open) panel.cycles(news);
      }),
      runs.onDidChange(() => {
        for (const panel of this.#open) panel.runsChanged();
      }),
    );
  }

  /** Shows a panel for these runs: the one that is open for them, else a new one beside the editor. */
  show(kind: PanelKind, runFolders: readonly string[]): void {
    const { runs, onResultShown } = this.#options;
    if (runFolders.some((folder) => runs.find(folder)?.result != null)) onResultShown();
    if (kind === "recall") this.#leavePoints();
    for (const panel of this.#open) {
      if (panel.shows(kind, runFolders)) {
        panel.reveal();
        return;
      }
    }
    this.#create(kind, runFolders, vscode.ViewColumn.Active);
  }

  /** Shows the table of all runs. */
  showRuns(): void {
    this.#table.show();
  }

  /** Shows the newest sweep. */
  showFrontier(): void {
    this.#frontier.show();
  }

  dispose(): void {
    this.#table.dispose();
    this.#frontier.dispose();
    for (const disposable of this.#disposables) disposable.dispose();
    for (const panel of [...this.#open]) panel.dispose();
  }

  /** Has a recall panel show a point of a sweep: of several the one that is seen; null: every one shows its run again. */
  #look(point: SweptPoint | null, why: Looking): void {
    if (point === null) {
      this.#leavePoints();
      return;
    }
    const all = [...this.#open].filter(({ kind }) => kind === "recall").toReversed();
    if (why === "changed") {
      for (const panel of all) if (panel.showsPoint) panel.showPoint(point);
      return;
    }
    const found = all.find(({ isSeen }) => isSeen) ?? all[0];
    found?.showPoint(point);
    if (why !== "asked" || found?.isSeen) return;
    if (found) found.reveal(true);
    else {
      const newest = this.#options.runs.newest();
      const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      this.#create("recall", newest ? [newest.folder] : [], beside).showPoint(point);
    }
  }

  #leavePoints(): void {
    for (const panel of this.#open) panel.showPoint(null);
  }

  #create(
    kind: PanelKind,
    runFolders: readonly string[],
    column: Parameters<typeof vscode.window.createWebviewPanel>[2],
  ): RunPanel {
    const options = this.#webviewOptions();
    return this.#adopt(
      kind,
      vscode.window.createWebviewPanel(panelIds[kind], titles[kind], column, options),
      runFolders,
    );
  }

  #webviewOptions(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: webviewRoots(this.#options.extensionUri) };
  }

  #adopt(
    kind: PanelKind,
    panel: vscode.WebviewPanel,
    runFolders: readonly string[],
    following?: boolean,
  ): RunPanel {
    const { extensionUri, log, runs, tuner } = this.#options;
    panel.iconPath = vscode.Uri.joinPath(extensionUri, "media", "icon.png");
    panel.webview.options = this.#webviewOptions();
    const adopted = new RunPanel({ kind, panel, runFolders, following, log, runs, tuner });
    this.#open.add(adopted);
    panel.onDidDispose(() => {
      this.#open.delete(adopted);
      adopted.dispose();
    });
    // Set last: the page says `ready` as soon as it is loaded.
    panel.webview.html = pageOf(panel.webview, extensionUri, kind);
    adopted.sendAhead();
    return adopted;
  }
}
