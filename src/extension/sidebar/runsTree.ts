/** The tree of runs: what each was for, what it changed, and whether its constraints hold. */
import path from "node:path";
import * as vscode from "vscode";
import { shortName } from "../../metrics/catalogue.ts";
import { overallStatus, statusMark, verdictSentence, verdictsText } from "../../words/constraints.ts";
import { visible } from "../../words/escape/visible.ts";
import { capital, runCheckpoint } from "../../words/names.ts";
import { age, duration } from "../../words/numbers.ts";
import { backendText, purposeText, stateNames } from "../../words/runs.ts";
import { standingText } from "../../words/use.ts";
import { shortHeadline, toneOf, verdictLine } from "../../words/verdict.ts";
import type { App } from "../app.ts";
import { commandIds, treeItemKinds } from "../ids.ts";
import type { RunEntry } from "../runList.ts";
import { tooltipOf } from "../tell.ts";
import { ProjectNode, RunNode, rowName, toneIcon } from "./nodes.ts";

type Node = ProjectNode | RunNode;

const ageEveryMs = 60_000;

export class RunsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #app: App;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #disposables: vscode.Disposable[];
  readonly #ages: NodeJS.Timeout;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(app: App, viewId: string) {
    this.#app = app;
    const view = vscode.window.createTreeView(viewId, { treeDataProvider: this, canSelectMany: true });
    const changed = () => this.#changed.fire(undefined);
    this.#disposables = [view, app.runs.onDidChange(changed)];
    this.#ages = setInterval(() => view.visible && changed(), ageEveryMs);
  }

  getChildren(node?: Node): Node[] {
    const { projects, runs } = this.#app;
    if (node instanceof RunNode) return [];
    if (!node && projects.all.length > 1) {
      return projects.all
        .filter((project) => runs.of(project.path).length > 0)
        .map((project) => new ProjectNode(project));
    }
    const project = node?.project ?? projects.active;
    return project ? runs.of(project.path).map((entry) => new RunNode(entry)) : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if (node instanceof ProjectNode) {
      const item = new vscode.TreeItem(node.project.name, vscode.TreeItemCollapsibleState.Expanded);
      item.id = node.project.path;
      return item;
    }
    const { folder, run, result } = node.entry;
    const name = visible(node.entry.name || runCheckpoint(run));
    const item = new vscode.TreeItem(rowName(name));
    item.id = folder;
    item.contextValue = kind(node.entry);
    item.iconPath = icon(node.entry);
    item.description = [
      ...(node.entry.pinned ? ["pinned"] : []),
      ...(node.entry.name === "" ? [] : [rowName(runCheckpoint(run))]),
      summary(node.entry),
      age(Date.parse(run.startedAt), Date.now()),
    ].join(" · ");
    item.accessibilityInformation = {
      label: `Run of ${name}, ${stateNames[run.state]}, ${item.description}`,
    };
    item.command = {
      command: result ? commandIds.showRecall : commandIds.showGain,
      title: result ? "Show Recall" : "Show Gain",
      arguments: [folder],
    };
    return item;
  }

  /** Only the row under the pointer is told of at length. */
  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    if (node instanceof RunNode) item.tooltip = tooltip(node.entry);
    return item;
  }

  dispose(): void {
    clearInterval(this.#ages);
    for (const disposable of this.#disposables) disposable.dispose();
    this.#changed.dispose();
  }
}

function kind({ run, result, pinned }: RunEntry): string {
  if (run.state === "running") return treeItemKinds.runRunning;
  if (pinned) return result ? treeItemKinds.pinnedRunWithResult : treeItemKinds.pinnedRun;
  return result ? treeItemKinds.runWithResult : treeItemKinds.run;
}

function summary({ run, result }: RunEntry): string {
  if (!result) return `${shortName(run.objective)}, ${stateNames[run.state]}`;
  const discarded = run.discardedAt === undefined ? "" : standingText(run);
  return [discarded, shortHeadline(result), verdictsText(result.constraints)]
    .filter((part) => part !== "")
    .join(", ");
}

function icon({ run, result }: RunEntry): vscode.ThemeIcon {
  if (run.state === "running") return new vscode.ThemeIcon("sync");
  if (run.state === "cancelled") return new vscode.ThemeIcon("circle-slash");
  if (run.state === "failed" || !result) {
    return new vscode.ThemeIcon("error", new vscode.ThemeColor("testing.iconFailed"));
  }
  return toneIcon(toneOf(result));
}

function tooltip({ folder, name, note, run, result }: RunEntry): vscode.MarkdownString {
  const said = [name, note].filter((text) => text !== "");
  const lines = [...said, path.basename(folder), `${run.checkpoint}, ${purposeText(run)}`];
  if (run.error) lines.push(run.error);
  if (result) {
    lines.push(verdictLine(result));
    for (const verdict of result.constraints) {
      lines.push(`${statusMark(overallStatus(verdict)).mark} ${verdictSentence(verdict)}`);
    }
    if (standingText(run) !== "") lines.push(`${capital(standingText(run))}.`);
    lines.push(`${backendText(result.backend, "narrow")}, ${duration(result.seconds.total)}`);
  }
  return tooltipOf(lines);
}
