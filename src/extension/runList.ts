/** The runs of every configuration, read from their folders, which are the truth about them. */
import { statSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { listRunFolders, markDeadRuns, readResult, readRunRecord } from "../project/readRuns.ts";
import { runFiles } from "../project/runFolder.ts";
import type { RunRecord, TuneResult } from "../protocol/records.ts";
import type { Log } from "./log.ts";
import type { Projects } from "./projects.ts";

export interface RunEntry {
  readonly folder: string;
  readonly configuration: string;
  readonly run: RunRecord;
  readonly result: TuneResult | null;
}

/** A run with a result. */
export type FinishedRun = RunEntry & { readonly result: TuneResult };

export class RunList implements vscode.Disposable {
  readonly #projects: Projects;
  readonly #log: Log;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[] = [];
  /** Folder of each run, with the time of its run.json: what did not change is not read again. */
  readonly #read = new Map<string, { readonly stamp: string; readonly entry: RunEntry }>();
  readonly #byConfiguration = new Map<string, RunEntry[]>();
  /** Configurations whose left-behind runs were looked for. */
  readonly #cleaned = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChange = this.#changed.event;

  constructor(projects: Projects, log: Log) {
    this.#projects = projects;
    this.#log = log;
    // Runs may also come from the command line.
    const watcher = vscode.workspace.createFileSystemWatcher("**/.selmix/runs/*/{run,result}.json");
    const soon = () => this.refreshSoon();
    this.#disposables.push(
      watcher,
      watcher.onDidCreate(soon),
      watcher.onDidChange(soon),
      watcher.onDidDelete(soon),
      projects.onDidChange(() => this.refresh()),
    );
    this.refresh();
  }

  /** Newest first. */
  of(configuration: string): readonly RunEntry[] {
    return this.#byConfiguration.get(configuration) ?? [];
  }

  get all(): RunEntry[] {
    return [...this.#byConfiguration.values()].flat();
  }

  find(folder: string): RunEntry | undefined {
    return this.all.find((entry) => entry.folder === folder);
  }

  /** The newest of the runs younger than this one, of its configuration, that have something to show. */
  after(folder: string): RunEntry | undefined {
    const configuration = this.find(folder)?.configuration;
    if (configuration === undefined) return undefined;
    const entries = this.of(configuration);
    const at = entries.findIndex((entry) => entry.folder === folder);
    return entries.slice(0, at).find(hasSomethingToShow);
  }

  /** The newest run of all configurations that has something to show. */
  newest(): RunEntry | undefined {
    return this.all
      .filter(hasSomethingToShow)
      .sort((a, b) => Date.parse(b.run.startedAt) - Date.parse(a.run.startedAt))[0];
  }

  /** The newest finished run of a checkpoint's present content: one that began after it was saved. */
  ofCheckpoint(
    configuration: string,
    checkpoint: { path: string; modified: number },
  ): FinishedRun | undefined {
    return this.of(configuration).find(
      (entry): entry is FinishedRun =>
        entry.result !== null &&
        entry.run.checkpoint === checkpoint.path &&
        Date.parse(entry.run.startedAt) >= checkpoint.modified,
    );
  }

  refreshSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), 100);
  }

  refresh(): void {
    this.#byConfiguration.clear();
    for (const { path: configuration, folder } of this.#projects.all) {
      this.#clean(configuration, folder);
      const entries = listRunFolders(folder).flatMap((run) => this.#entry(configuration, run) ?? []);
      this.#byConfiguration.set(configuration, entries);
    }
    this.#changed.fire();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable.dispose();
    this.#changed.dispose();
  }

  /** Runs that a dead process left behind are told apart from running ones, once. */
  #clean(configuration: string, folder: string): void {
    if (this.#cleaned.has(configuration)) return;
    this.#cleaned.add(configuration);
    for (const run of markDeadRuns(folder)) this.#log.warn(`${path.basename(run)} was interrupted.`);
  }

  #entry(configuration: string, folder: string): RunEntry | null {
    const stamp = [runFiles.run, runFiles.result]
      .map((name) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0)
      .join();
    const before = this.#read.get(folder);
    if (before?.stamp === stamp) return before.entry;
    const run = readRunRecord(folder);
    if (!run) return null;
    const entry = { folder, configuration, run, result: run.state === "done" ? readResult(folder) : null };
    this.#read.set(folder, { stamp, entry });
    return entry;
  }
}

function hasSomethingToShow({ folder, result }: RunEntry): boolean {
  if (result !== null) return true;
  const history = statSync(path.join(folder, runFiles.history), { throwIfNoEntry: false });
  return history !== undefined && history.size > 0;
}
