/** The tunes of a configuration's grids as a list shows them: read again only where something changed, for grids are large and looked at often. */
import path from "node:path";
import { lookAt } from "../files/fresh.ts";
import { isWithin, type Reach } from "../files/place.ts";
import { Stamped } from "../files/stamped.ts";
import type { GridTask, TaskState } from "../protocol/grid.ts";
import type { RunSummary } from "../protocol/records.ts";
import type { ListedTask } from "../words/runRows.ts";
import {
  failureOf,
  gridFile,
  listGridFolders,
  readGrid,
  runOfTask,
  stateOf,
  taskFolder,
  tasksFolder,
} from "./gridFolder.ts";
import { readSummary } from "./readRuns.ts";

/** So many are shown at most, of the grids that were asked for last. */
const mostShown = 1000;
const mostGrids = 50;

/** How a task stands, by its folder. */
interface Standing {
  readonly state: TaskState;
  readonly summary: RunSummary | null;
  readonly error: string | null;
}

interface Known {
  readonly standing: Standing;
  readonly listed: ListedTask;
}

export class ListedTasks {
  readonly #grids = new Stamped(readGrid, gridFile);
  readonly #standings = new Stamped(standingOf);
  /** By the folders of tasks: the same object for as long as nothing about it changed. */
  #listed = new Map<string, Known>();

  /** Those of configurations, of the grid that was asked for last first; a task of several grids once. */
  of(configurations: readonly { readonly path: string; readonly reach: Reach }[]): ListedTask[][] {
    const grids: string[] = [];
    const listed = new Map<string, Known>();
    const all = configurations.map(({ path: configuration, reach }) => {
      const folder = path.dirname(configuration);
      const own = listGridFolders(folder, reach).slice(0, mostGrids);
      grids.push(...own);
      if (!isWithin(reach, tasksFolder(folder))) return [];
      return this.#asked(own, configuration).map(([id, { task, askedAt }]) => {
        const place = taskFolder(folder, id);
        const standing = this.#standings.of(place);
        const before = this.#listed.get(place);
        const isSame = before?.standing === standing && before.listed.askedAt === askedAt;
        const one = isSame ? before.listed : { task, askedAt, folder: runOfTask(place), ...standing };
        listed.set(place, { standing, listed: one });
        return one;
      });
    });
    this.#grids.keepOnly(grids);
    this.#standings.keepOnly(listed.keys());
    this.#listed = listed;
    return all;
  }

  #asked(grids: readonly string[], configuration: string): [string, { task: GridTask; askedAt: string }][] {
    const asked = new Map<string, { task: GridTask; askedAt: string }>();
    const newestFirst = grids
      .flatMap((grid) => this.#grids.of(grid) ?? [])
      .filter(({ configurationPath }) => configurationPath === configuration)
      .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
    for (const { tasks, startedAt: askedAt } of newestFirst)
      for (const task of tasks) {
        if (asked.size === mostShown) return [...asked];
        if (!asked.has(task.id)) asked.set(task.id, { task, askedAt });
      }
    return [...asked];
  }
}

/** Of a folder that is a link, and may lead anywhere, nothing is read. */
function standingOf(folder: string): Standing {
  if (!lookAt(folder)?.isDirectory()) return { state: "queued", summary: null, error: null };
  const state = stateOf(folder);
  return {
    state,
    summary: state === "done" ? readSummary(runOfTask(folder)) : null,
    error: state === "failed" ? failureOf(folder) : null,
  };
}
