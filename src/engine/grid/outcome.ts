/** What a grid came to: its tasks, and what those that differ by nothing but luck come to together. */
import path from "node:path";
import { groupBy } from "../../files/groupBy.ts";
import { betterWay, isMetricId } from "../../metrics/catalogue.ts";
import { failureOf, runOfTask, stateOf, taskFolder } from "../../project/gridFolder.ts";
import { readSummary } from "../../project/readRuns.ts";
import type { GridCell, GridOutcome, GridRecord, GridTask, SpreadRecord } from "../../protocol/grid.ts";
import type { TuneResult } from "../../protocol/records.ts";
import { rangeOf, spreadOf } from "../../statistics/spread.ts";
import { changeIn, shownSet } from "../../words/sets.ts";

/** The share of further tunes that the range is for. */
const covered = 0.9;

type Ended = GridOutcome["tasks"][number];
interface Done extends Ended {
  readonly result: TuneResult;
}

/** Reads what there is of a grid's tasks, whether or not all have ended. */
export function outcomeOf(grid: GridRecord, hasTest: boolean): Omit<GridOutcome, "gridFolder" | "seconds"> {
  const folder = path.dirname(grid.configurationPath);
  const tasks = grid.tasks.map((task): Ended => {
    const own = taskFolder(folder, task.id);
    const state = stateOf(own);
    const isDone = state === "done";
    return {
      ...task,
      state,
      error: state === "failed" ? failureOf(own) : null,
      runFolder: isDone ? runOfTask(own) : null,
    };
  });
  const cells = groupBy(tasks, ({ checkpoint, objective, bound }) =>
    JSON.stringify([checkpoint, objective, bound]),
  );
  return { tasks, cells: [...cells.values()].map((of) => cellOf(of, hasTest)) };
}

function cellOf(tasks: readonly Ended[], hasTest: boolean): GridCell {
  const done = tasks.flatMap((task): Done[] => {
    const result = task.runFolder === null ? null : (readSummary(task.runFolder)?.result ?? null);
    return result === null ? [] : [{ ...task, result }];
  });
  const [{ checkpoint, checkpointName, objective, bound }] = tasks as readonly [Ended];
  const isDrawn = tasks.some(({ draw }) => draw !== null);
  const set = shownSet(...done.flatMap(({ result }) => [result.before, result.after]));
  const value = (when: "before" | "after", { result }: Done) =>
    changeIn(result.changes[set], objective)?.[when].value ?? Number.NaN;
  const values = done.map((one) => value("after", one));
  const before = done.map((one) => value("before", one));
  return {
    ...{ checkpoint, checkpointName, objective, bound },
    set: isDrawn && !hasTest ? "notDrawn" : set,
    seeds: new Set(tasks.map(({ seed }) => seed)).size,
    draws: new Set(tasks.flatMap(({ draw }) => draw ?? [])).size,
    done: done.length,
    failed: tasks.filter(({ state }) => state === "failed").length,
    before: done.length > 0 ? before.reduce((sum, one) => sum + one, 0) / done.length : null,
    after:
      done.length > 0
        ? {
            ...recordOf(done, values, isDrawn, isMetricId(objective)),
            ...ends(values, objective),
          }
        : null,
    decisions: isDrawn ? {} : counts(done.map(({ result }) => result.verdict?.decision ?? "none")),
  };
}

function ends(values: readonly number[], objective: string): { worst: number; best: number } {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return betterWay(objective) > 0 ? { worst: least, best: most } : { worst: most, best: least };
}

/** The spread of tunes by draw and seed; where some are missing, those draws that have every seed. */
function recordOf(
  done: readonly Done[],
  values: readonly number[],
  isDrawn: boolean,
  isShare: boolean,
): SpreadRecord {
  const byDraw = groupBy(done.keys(), (at) => done[at]?.draw ?? 0);
  const seeds = Math.max(...[...byDraw.values()].map((of) => of.length));
  const table = [...byDraw.values()]
    .filter((of) => of.length === seeds)
    .map((of) => of.toSorted((a, b) => seedOf(done[a]) - seedOf(done[b])).map((at) => values[at] ?? 0));
  const [first = 0] = values;
  if (table.length * seeds < 2) return { mean: first, deviation: 0, range: null, shares: null };
  const spread = spreadOf(table);
  const { mean, variance, parts } = spread;
  const { low, high } = rangeOf(spread, isDrawn, covered);
  const share = (part: number) => part / variance;
  const shares =
    variance > 0 && isDrawn && table.length > 1 && seeds > 1
      ? { draw: share(parts.rows), seed: share(parts.columns), both: share(parts.both) }
      : null;
  return {
    ...{ mean, shares, deviation: Math.sqrt(variance) },
    range: isShare ? { low: Math.max(0, low), high: Math.min(1, high) } : { low, high },
  };
}

function seedOf(task: GridTask | undefined): number {
  return task?.seed ?? 0;
}

function counts(words: readonly string[]): Record<string, number> {
  return Object.fromEntries([...groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]));
}
