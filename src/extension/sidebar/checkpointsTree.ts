/** The tree of checkpoints: what each is, how good it was before tuning, and whether it is tuned. */
import * as vscode from "vscode";
import { shortName } from "../../metrics/catalogue.ts";
import { errorText, problemText } from "../../words/errors.ts";
import { visible } from "../../words/escape/visible.ts";
import { evaluationText } from "../../words/evaluation.ts";
import { age, bytes, percent } from "../../words/numbers.ts";
import { evaluationOn, shownSet } from "../../words/sets.ts";
import { shortHeadline, toneOf, verdictLine } from "../../words/verdict.ts";
import type { App } from "../app.ts";
import type { CheckpointEntry } from "../checkpointList.ts";
import { commandIds, treeItemKinds } from "../ids.ts";
import type { FinishedRun } from "../runList.ts";
import { tooltipOf } from "../tell.ts";
import { CheckpointNode, ProblemNode, ProjectNode, rowName, toneIcon } from "./nodes.ts";

type Node = ProjectNode | ProblemNode | CheckpointNode;

/** So many checkpoints are looked into; more would keep a disk busy for a list nobody reads to its end. */
const inspectedAtMost = 60;
/** So many rows are made, of the newest: the editor keeps each of them, and asks for all again whenever one changes. */
const shownAtMost = 1000;
const ageEveryMs = 60_000;

export class CheckpointsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #app: App;
  readonly #changed = new vscode.EventEmitter<CheckpointNode[] | undefined>();
  /** The row of each entry: the editor knows it by this very object. */
  readonly #rows = new WeakMap<CheckpointEntry, CheckpointNode>();
  readonly #disposables: vscode.Disposable[];
  readonly #view: vscode.TreeView<Node>;
  readonly #ages: NodeJS.Timeout;
  #inspecting = false;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(app: App, viewId: string) {
    this.#app = app;
    const changed = () => this.#changed.fire(undefined);
    this.#view = vscode.window.createTreeView(viewId, { treeDataProvider: this, showCollapseAll: false });
    this.#disposables = [
      this.#view,
      this.#view.onDidChangeVisibility(() => void this.#inspect()),
      app.checkpoints.onDidChange((entries) => {
        // One row is drawn where one changed: there are up to a thousand.
        this.#changed.fire(entries?.flatMap((entry) => this.#rows.get(entry) ?? []));
        void this.#inspect();
      }),
      app.runs.onDidChange(changed),
      app.tuner.onDidEnd(changed),
      app.projects.onDidChange(changed),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.#inspect()),
    ];
    this.#ages = setInterval(() => this.#view.visible && changed(), ageEveryMs);
  }

  getChildren(node?: Node): Node[] {
    const { projects, checkpoints } = this.#app;
    if (node instanceof CheckpointNode || node instanceof ProblemNode) return [];
    if (!node && projects.all.length > 1) {
      const empty = checkpoints.count === 0 && projects.all.every(({ error }) => error === null);
      return empty ? [] : projects.all.map((project) => new ProjectNode(project));
    }
    const project = node?.project ?? projects.active;
    if (!project) return [];
    if (project.error !== null) return [new ProblemNode(project)];
    const entries = checkpoints.of(project.path);
    this.#tellHidden();
    return entries.slice(0, shownAtMost).map((entry) => this.#row(entry));
  }

  #row(entry: CheckpointEntry): CheckpointNode {
    const row = this.#rows.get(entry) ?? new CheckpointNode(entry);
    this.#rows.set(entry, row);
    return row;
  }

  #tellHidden(): void {
    const { projects, checkpoints } = this.#app;
    const most = Math.max(0, ...projects.all.map(({ path }) => checkpoints.countOf(path)));
    const message = most > shownAtMost ? `The newest ${shownAtMost} of ${most} checkpoints.` : undefined;
    if (this.#view.message !== message) this.#view.message = message;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if (node instanceof ProjectNode) return projectItem(node);
    if (node instanceof ProblemNode) return problemItem(node);
    const { entry } = node;
    const tuned = this.#app.runs.ofCheckpoint(entry.configuration, entry);
    const busy = this.#app.tuner.of(entry.configuration)?.checkpoint === entry.path;
    const name = visible(this.#app.projects.nameOf(entry.configuration, entry.path));
    const item = new vscode.TreeItem(rowName(name));
    item.id = `${entry.configuration}\n${entry.path}`;
    item.resourceUri = vscode.Uri.file(entry.path);
    item.contextValue = treeItemKinds.checkpoint;
    item.description = description(entry, tuned);
    item.iconPath = icon(busy, tuned);
    item.command = tuned
      ? { command: commandIds.showRecall, title: "Show Recall", arguments: [tuned.folder] }
      : undefined;
    const state = busy ? "being tuned" : tuned ? "tuned" : "not tuned";
    item.accessibilityInformation = { label: `${name}, ${state}, ${item.description}` };
    return item;
  }

  /** Only the row under the pointer is told of at length. */
  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    if (!(node instanceof CheckpointNode)) return item;
    const { entry } = node;
    item.tooltip = tooltip(entry, this.#app.runs.ofCheckpoint(entry.configuration, entry));
    return item;
  }

  dispose(): void {
    clearInterval(this.#ages);
    for (const disposable of this.#disposables) disposable.dispose();
    this.#changed.dispose();
  }

  /** Looks into the checkpoints that nobody has looked into yet, one after another, while the tree is visible. */
  async #inspect(): Promise<void> {
    // Before the workspace is trusted, only what is clicked is looked into.
    if (!vscode.workspace.isTrusted || this.#inspecting || !this.#view.visible) return;
    this.#inspecting = true;
    const { projects, checkpoints } = this.#app;
    const listed = projects.all.flatMap((project) => checkpoints.of(project.path).slice(0, inspectedAtMost));
    for (const entry of listed) {
      if (!this.#view.visible) break;
      if (!entry.inspection) await this.#inspectOne(entry);
    }
    this.#inspecting = false;
    const fresh = projects.all.some((project) =>
      checkpoints
        .of(project.path)
        .slice(0, inspectedAtMost)
        .some((entry) => !entry.inspection),
    );
    if (fresh && this.#view.visible) void this.#inspect();
  }

  async #inspectOne(entry: CheckpointEntry): Promise<void> {
    const { engine, checkpoints, projects, log } = this.#app;
    try {
      const result = await engine.start({
        kind: "inspect",
        checkpoint: entry.path,
        configurationPath: entry.configuration,
        ...projects.scope(entry.configuration),
      }).result;
      entry.inspection = { kind: "known", result };
    } catch (error) {
      entry.inspection = { kind: "failed", message: errorText(error) };
      log.debug(`Inspecting ${entry.path} failed: ${errorText(error)}`);
    }
    checkpoints.touch(entry);
  }
}

function projectItem({ project }: ProjectNode): vscode.TreeItem {
  const item = new vscode.TreeItem(project.name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = project.path;
  item.iconPath = new vscode.ThemeIcon(project.error === null ? "settings" : "error");
  item.tooltip = project.error ?? project.path;
  return item;
}

/** Its checkpoints cannot be known: a click opens the configuration where it has to be mended. */
function problemItem({ project }: ProblemNode): vscode.TreeItem {
  const { path: file, error } = project;
  const item = new vscode.TreeItem("selmix.json has an error");
  item.id = `${file}\nproblem`;
  item.iconPath = new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
  item.description = problemText(project) ?? "";
  item.tooltip = error ?? "";
  item.accessibilityInformation = { label: `${item.label}, ${item.description}` };
  item.command = { command: commandIds.openConfiguration, title: "Open Configuration", arguments: [file] };
  return item;
}

function shape({ inspection }: CheckpointEntry): string {
  if (inspection?.kind !== "known") return "";
  const { head, format } = inspection.result;
  return head ? `${format} ${head.classes} × ${head.size}` : format;
}

/** Before tuning: from the run that tuned this content, else from an evaluation in this session. */
function before(entry: CheckpointEntry, tuned: FinishedRun | undefined) {
  const measured = tuned?.result.before ?? entry.evaluation;
  return measured ? evaluationOn(measured, shownSet(measured)) : null;
}

function description(entry: CheckpointEntry, tuned: FinishedRun | undefined): string {
  const measured = before(entry, tuned);
  const metric = tuned
    ? shortHeadline(tuned.result)
    : measured
      ? `${shortName("minRecall")} ${percent(measured.minRecall)}`
      : "";
  return [metric, shape(entry), age(entry.modified, Date.now())].filter((part) => part !== "").join(" · ");
}

function tooltip(entry: CheckpointEntry, tuned: FinishedRun | undefined): vscode.MarkdownString {
  const lines = [entry.path];
  const { inspection } = entry;
  if (inspection?.kind === "failed") lines.push(inspection.message);
  if (inspection?.kind === "known") {
    const { head, headProblem, format, tensors } = inspection.result;
    lines.push(`${format}, ${tensors.length} tensors, ${bytes(entry.size)}`);
    lines.push(
      head ? `Head ${head.weight}: ${head.classes} × ${head.size}; ${head.reason}` : (headProblem ?? ""),
    );
  }
  const measured = before(entry, tuned);
  if (measured) {
    lines.push(`Before tuning: ${evaluationText(measured)}`);
  }
  lines.push(tuned ? verdictLine(tuned.result) : "Not tuned");
  return tooltipOf(lines);
}

function icon(busy: boolean, tuned: FinishedRun | undefined): vscode.ThemeIcon {
  if (busy) return new vscode.ThemeIcon("sync");
  if (!tuned) return new vscode.ThemeIcon("circle-large-outline");
  return toneIcon(toneOf(tuned.result));
}
