/** The host's half of the table of runs: one panel, which follows the list. */
import path from "node:path";
import * as vscode from "vscode";
import {
  chosenColumns,
  type FromRunsTable,
  fromRunsTable,
  type RunAction,
  type RunRow,
  type ToRunsTable,
} from "../../protocol/runsTable.ts";
import { runRow } from "../../words/runRows.ts";
import { keepsHead } from "../../words/use.ts";
import { commandIds, runsPanelId } from "../ids.ts";
import type { Log } from "../log.ts";
import type { RunList } from "../runList.ts";
import { saveFile } from "../saveFile.ts";
import { pageOf, webviewRoots } from "./page.ts";

interface Options {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  readonly runs: RunList;
  readonly compare: (folders: readonly string[]) => void;
  /** Where the columns that the user chose are kept. */
  readonly memory: vscode.Memento;
}

const columnsKey = "runsColumns";

const actions: Readonly<Record<RunAction, string>> = {
  show: commandIds.showRecall,
  use: commandIds.useRun,
  discard: commandIds.discardRun,
  pin: commandIds.pinRun,
  unpin: commandIds.unpinRun,
  name: commandIds.nameRun,
  openFolder: commandIds.openRunFolder,
  delete: commandIds.deleteRun,
};

export class RunsPanel implements vscode.Disposable {
  readonly #options: Options;
  readonly #disposables: vscode.Disposable[];
  #panel: vscode.WebviewPanel | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#disposables = [
      options.runs.onDidChange(() => this.#send()),
      vscode.window.registerWebviewPanelSerializer(runsPanelId, {
        deserializeWebviewPanel: async (panel) => this.#adopt(panel),
      }),
    ];
  }

  show(): void {
    if (this.#panel) {
      this.#panel.reveal();
      return;
    }
    this.#adopt(
      vscode.window.createWebviewPanel(runsPanelId, "Runs", vscode.ViewColumn.Active, this.#webviewOptions()),
    );
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#panel?.dispose();
  }

  #webviewOptions(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: webviewRoots(this.#options.extensionUri) };
  }

  #adopt(panel: vscode.WebviewPanel): void {
    const { extensionUri, log } = this.#options;
    this.#panel?.dispose();
    this.#panel = panel;
    panel.iconPath = vscode.Uri.joinPath(extensionUri, "media", "icon.png");
    panel.webview.options = this.#webviewOptions();
    panel.onDidDispose(() => {
      if (this.#panel === panel) this.#panel = null;
    });
    panel.webview.onDidReceiveMessage((raw: unknown) => {
      const { data } = fromRunsTable.safeParse(raw);
      if (data === undefined) log.warn("A message of the table of runs was not understood.");
      else void this.#handle(data);
    });
    panel.webview.html = pageOf(panel.webview, extensionUri, "runs");
  }

  async #handle(message: FromRunsTable): Promise<void> {
    const { log, memory, compare } = this.#options;
    switch (message.type) {
      case "ready":
        this.#send();
        break;
      case "columns":
        await memory.update(columnsKey, message.columns);
        break;
      case "compare":
        compare(message.folders);
        break;
      case "act":
        await vscode.commands.executeCommand(actions[message.action], message.folder);
        break;
      case "export": {
        const folder = path.dirname(this.#options.runs.newest()?.configuration ?? "");
        await saveFile(path.join(folder, path.basename(message.fileName)), () => message.content, log);
        break;
      }
      case "error":
        log.error("The table of runs reports an error.", message.message);
        break;
    }
  }

  /** A hidden table asks when it is seen: looking at every run's place is for nobody else. */
  #send(): void {
    if (!this.#panel?.visible) return;
    const { runs, memory } = this.#options;
    const rows = runs.all.map((entry): RunRow => {
      const inPlace = runs.isInPlace(entry.folder);
      const canUse = !inPlace && entry.result?.verdict !== undefined && keepsHead(entry.result.verdict);
      const configuration = vscode.workspace.asRelativePath(entry.configuration);
      return { ...runRow(entry, { inPlace, configuration }), canUse };
    });
    const { data } = chosenColumns.safeParse(memory.get(columnsKey));
    const message: ToRunsTable = { type: "rows", rows, columns: data ?? null };
    void this.#panel.webview.postMessage(message);
  }
}
