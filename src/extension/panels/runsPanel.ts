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
import { runRow, taskRow } from "../../words/runRows.ts";
import { keepsHead } from "../../words/use.ts";
import { GridTasks } from "../gridTasks.ts";
import { commandIds, runsPanelId } from "../ids.ts";
import type { Log } from "../log.ts";
import type { Projects } from "../projects.ts";
import type { RunList } from "../runList.ts";
import { saveFile } from "../saveFile.ts";
import { SinglePanel } from "./singlePanel.ts";

interface Options {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  readonly runs: RunList;
  readonly projects: Projects;
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
  readonly #panel: SinglePanel<FromRunsTable, ToRunsTable>;
  readonly #tasks: GridTasks;
  readonly #follow: readonly vscode.Disposable[];

  constructor(options: Options) {
    this.#options = options;
    const { extensionUri, log } = options;
    this.#panel = new SinglePanel({
      ...{ extensionUri, log, id: runsPanelId, bundle: "runs", title: "Runs", name: "the table of runs" },
      messages: fromRunsTable,
      handle: (message) => this.#handle(message),
    });
    this.#tasks = new GridTasks(options.projects, () => this.#panel.isSeen);
    const send = () => this.#send();
    this.#follow = [options.runs.onDidChange(send), this.#tasks.onDidChange(send), this.#tasks];
  }

  show(): void {
    this.#panel.show();
  }

  dispose(): void {
    for (const one of this.#follow) one.dispose();
    this.#panel.dispose();
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
      case "sweepGrid":
        await vscode.commands.executeCommand(commandIds.sweepGrid);
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
    if (!this.#panel.isSeen) return;
    const { runs, memory } = this.#options;
    const rows = runs.all.map((entry): RunRow => {
      const inPlace = runs.isInPlace(entry.folder);
      const canUse = !inPlace && entry.result?.verdict !== undefined && keepsHead(entry.result.verdict);
      const configuration = vscode.workspace.asRelativePath(entry.configuration);
      return { ...runRow(entry, { inPlace, configuration }), canUse };
    });
    const listed = this.#tasks.read().flatMap(({ configuration, tasks }) => {
      const name = vscode.workspace.asRelativePath(configuration);
      return tasks.map((task) => taskRow(task, name));
    });
    const { data } = chosenColumns.safeParse(memory.get(columnsKey));
    this.#panel.post({ type: "rows", rows: [...rows, ...listed], columns: data ?? null });
  }
}
