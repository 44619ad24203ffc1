/** The runs of every configuration, read from their folders, which are the truth about them. */

import { statSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { lookAt } from "../files/fresh.ts";
import { groupBy } from "../files/groupBy.ts";
import { sweepUnfinished } from "../files/unfinished.ts";
import { listRunFolders, markDeadRuns, markIfDead, readSummary } from "../project/readRuns.ts";
import { isKept } from "../project/retention.ts";
import { runFiles } from "../project/runFolder.ts";
import { namingFile, readNaming } from "../project/runNaming.ts";
import type { RunRecord, TuneResult } from "../protocol/records.ts";
import { errorText } from "../words/errors.ts";
import { isInPlace } from "../words/use.ts";
import type { Log } from "./log.ts";
import type { Projects } from "./projects.ts";

/** A run as lists show it: what only its panels look at, which read it themselves, is left empty. */
export interface RunEntry {
  readonly folder: string;
  readonly configuration: string;
  readonly run: RunRecord;
  readonly result: TuneResult | null;
  /** Kept whatever its age. */
  readonly pinned: boolean;
  /** What a person calls it, and notes; empty where nobody did. */
  readonly name: string;
  readonly note: string;
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
  /** The same by configuration and path of the checkpoint: each row of thousands asks for its own. */
  readonly #byCheckpoint = new Map<string, ReadonlyMap<string, RunEntry[]>>();
  /** Configurations whose left-behind runs were looked for. */
  readonly #cleaned = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChange = this.#changed.event;

  constructor(projects: Projects, log: Log) {
    this.#projects = projects;
    this.#log = log;
    // Runs may also come from the command line.
    const watcher = vscode.workspace.createFileSystemWatcher(
      "**/.selmix/runs/*/{run.json,result.json,pinned,name.json}",
    );
    const soon = () => this.refreshSoon();
    this.#disposables.push(
      watcher,
      watcher.onDidCreate(soon),
      watcher.onDidChange(soon),
      watcher.onDidDelete(soon),
      projects.onDidChange(() => this.refresh()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.refresh()),
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

  /** Whether the head of a run lies in its place. */
  isInPlace(folder: string): boolean {
    const entry = this.find(folder);
    if (entry === undefined || entry.run.copies?.some(({ output }) => !lookAt(output))) return false;
    const others = this.of(entry.configuration).filter((other) => other !== entry);
    return isInPlace(
      entry.run,
      others.map(({ run }) => run),
    );
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
    const entries = this.#byCheckpoint.get(configuration)?.get(checkpoint.path);
    return entries?.find(
      (entry): entry is FinishedRun =>
        entry.result !== null && Date.parse(entry.run.startedAt) >= checkpoint.modified,
    );
  }

  refreshSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), 100);
  }

  refresh(): void {
    const configurations = new Set(this.#projects.all.map(({ path: configuration }) => configuration));
    for (const known of this.#byConfiguration.keys()) {
      if (configurations.has(known)) continue;
      this.#byConfiguration.delete(known);
      this.#byCheckpoint.delete(known);
    }
    for (const { path: configuration, folder } of this.#projects.all) {
      this.#clean(configuration, folder);
      const folders = listRunFolders(folder, this.#projects.reach(configuration));
      const entries = folders.flatMap((run) => this.#entry(configuration, run) ?? []);
      this.#byConfiguration.set(configuration, entries);
      this.#byCheckpoint.set(
        configuration,
        groupBy(entries, ({ run }) => run.checkpoint),
      );
    }
    const there = new Set(this.all.map(({ folder }) => folder));
    for (const folder of this.#read.keys()) if (!there.has(folder)) this.#read.delete(folder);
    this.#changed.fire();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable.dispose();
    this.#changed.dispose();
  }

  /** What dead processes left behind is settled, and not before the workspace is trusted: it writes. */
  #clean(configuration: string, folder: string): void {
    if (!this.#projects.scope(configuration).trusted) return;
    const first = !this.#cleaned.has(configuration);
    this.#cleaned.add(configuration);
    try {
      if (first) sweepUnfinished();
      // Later only those are looked at that were at work at the last look.
      const known = this.of(configuration).filter(({ run }) => run.state === "running");
      const dead = first
        ? markDeadRuns(folder, this.#projects.reach(configuration))
        : known.map((entry) => entry.folder).filter(markIfDead);
      for (const run of dead) this.#log.warn(`${path.basename(run)} was interrupted.`);
    } catch (error) {
      this.#log.warn(`What earlier runs left in ${folder} cannot be settled: ${errorText(error)}`);
    }
  }

  #entry(configuration: string, folder: string): RunEntry | null {
    const stamp = [runFiles.run, runFiles.result, namingFile]
      .map((name) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0)
      .join();
    const pinned = isKept(folder, "pinned");
    const before = this.#read.get(folder);
    if (before?.stamp === stamp && before.entry.pinned === pinned) return before.entry;
    const summary = readSummary(folder);
    if (!summary) return null;
    const entry = { folder, configuration, pinned, ...readNaming(folder), ...summary };
    this.#read.set(folder, { stamp, entry });
    return entry;
  }
}

function hasSomethingToShow({ folder, result }: RunEntry): boolean {
  if (result !== null) return true;
  const history = statSync(path.join(folder, runFiles.history), { throwIfNoEntry: false });
  return history !== undefined && history.size > 0;
}
