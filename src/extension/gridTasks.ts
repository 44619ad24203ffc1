/** The tunes of every configuration's grids, as their folders say they stand. */
import path from "node:path";
import * as vscode from "vscode";
import { isWithin } from "../files/place.ts";
import {
  failureOf,
  listGridFolders,
  readGrid,
  runOfTask,
  stateOf,
  taskFolder,
} from "../project/gridFolder.ts";
import { readSummary } from "../project/readRuns.ts";
import type { GridTask } from "../protocol/grid.ts";
import type { RunSummary } from "../protocol/records.ts";
import type { ListedTask } from "../words/runRows.ts";
import type { Projects } from "./projects.ts";

/** So many are shown at most, of the grids that were asked for last. */
const mostShown = 1000;
const mostGrids = 50;
/** Workers on other machines change files without a word to this one, so that they are looked at again and again. */
const lookEveryMs = 2000;

export class GridTasks implements vscode.Disposable {
  readonly #projects: Projects;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #timer: NodeJS.Timeout;
  /** What tasks came to, by their folders: that does not change any more. */
  readonly #summaries = new Map<string, RunSummary>();
  #seen = "";

  readonly onDidChange = this.#changed.event;

  /** @param isSeen whether anybody looks at them now */
  constructor(projects: Projects, isSeen: () => boolean) {
    this.#projects = projects;
    this.#timer = setInterval(() => {
      if (isSeen()) this.#look();
    }, lookEveryMs);
  }

  /** Those of a configuration, of the grid that was asked for last first; a task of several grids once. */
  of(configuration: string): ListedTask[] {
    const folder = path.dirname(configuration);
    const reach = this.#projects.reach(configuration);
    const grids = listGridFolders(folder, reach)
      .slice(0, mostGrids)
      .flatMap((grid) => readGrid(grid) ?? [])
      .filter(({ configurationPath }) => configurationPath === configuration)
      .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
    const asked = new Map<string, { task: GridTask; askedAt: string }>();
    for (const { tasks, startedAt: askedAt } of grids)
      for (const task of tasks) if (!asked.has(task.id)) asked.set(task.id, { task, askedAt });
    return [...asked.values()]
      .slice(0, mostShown)
      .filter(({ task }) => isWithin(reach, taskFolder(folder, task.id)))
      .map((one) => this.#listed(folder, one));
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#changed.dispose();
  }

  #listed(folder: string, { task, askedAt }: { task: GridTask; askedAt: string }): ListedTask {
    const own = taskFolder(folder, task.id);
    const state = stateOf(own);
    const summary = state === "done" ? this.#summary(own) : null;
    const error = state === "failed" ? failureOf(own) : null;
    return { task, state, folder: runOfTask(own), askedAt, summary, error };
  }

  #summary(folder: string): RunSummary | null {
    const known = this.#summaries.get(folder);
    if (known) return known;
    const summary = readSummary(runOfTask(folder));
    if (summary) this.#summaries.set(folder, summary);
    return summary;
  }

  #look(): void {
    const all = this.#projects.all.flatMap((project) => this.of(project.path));
    const stands = JSON.stringify(all.map(({ folder, state }) => [folder, state]));
    if (stands === this.#seen) return;
    this.#seen = stands;
    this.#changed.fire();
  }
}
