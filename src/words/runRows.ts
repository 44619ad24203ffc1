/** Runs as rows of a table, and what sets them apart in a list to pick from. */
import { metricName, shortName } from "../metrics/catalogue.ts";
import type { GridTask, TaskState } from "../protocol/grid.ts";
import type { RunSummary, SplitEvaluation, TuneResult } from "../protocol/records.ts";
import type { RunRow } from "../protocol/runsTable.ts";
import { boundsText, verdictsText } from "./constraints.ts";
import { shortTask } from "./grid.ts";
import { named, runCheckpoint } from "./names.ts";
import { moment, percent } from "./numbers.ts";
import { priorText } from "./population.ts";
import { stateNames } from "./runs.ts";
import { changeIn, evaluationOn, type Split, shownSet, valueIn } from "./sets.ts";
import { keepsHead, standingText } from "./use.ts";
import { shortDecision, toneOf } from "./verdict.ts";

interface Listed extends RunSummary {
  readonly folder: string;
  readonly pinned: boolean;
  readonly name: string;
  readonly note: string;
}

/** Recall of the worst class before and after, with intervals where the record has them. */
function worstClass({ changes, before, after }: TuneResult, set: Split): RunRow["worst"] {
  const known = changeIn(changes[set], "minRecall");
  if (known) return { before: known.before, after: known.after };
  const bare = (of: SplitEvaluation) => ({
    value: valueIn(evaluationOn(of, set), "minRecall"),
    ...{ low: null, high: null },
  });
  const [first, last] = [bare(before), bare(after)];
  return Number.isNaN(first.value) || Number.isNaN(last.value) ? null : { before: first, after: last };
}

/**
 * The row of a run. Changes are of the set that the run is told on: test where there is one.
 * @param configuration its selmix.json, as it is told apart from others
 */
export function runRow(
  { folder, pinned, name, note, run, result }: Listed,
  { inPlace, configuration }: { readonly inPlace: boolean; readonly configuration: string },
): RunRow {
  const set = result && shownSet(result.before, result.after);
  const change = result && set && changeIn(result.changes[set], result.objective)?.change;
  const value = result && set && valueIn(evaluationOn(result.after, set), result.objective);
  const price = result?.verdict?.price ?? null;
  const group = price?.group ? ` in ${named(price.group)}` : "";
  return {
    ...{ folder, pinned, inPlace, name, note, configuration },
    state: run.state,
    tone: result && toneOf(result),
    checkpoint: runCheckpoint(run),
    objective: metricName(run.objective),
    metric: run.objective,
    bounds: result ? boundsText(result.constraints) : "",
    boundsState: result ? verdictsText(result.constraints) : "",
    verdict: result?.verdict ? shortDecision(result.verdict) : stateNames[run.state],
    standing: inPlace ? "in use" : standingText(run),
    set,
    value: value == null || Number.isNaN(value) ? null : value,
    change: change ? { value: change.value, low: change.low, high: change.high } : null,
    worst: result && set && worstClass(result, set),
    population: (set && result?.populations?.[set]) ?? null,
    price: price && { who: `${named(price.class)}${group}`, change: price.change },
    seed: run.seed,
    startedAt: run.startedAt,
    canUse: false,
  };
}

/** A tune of a grid, as far as it has come. */
export interface ListedTask {
  readonly task: GridTask;
  readonly state: TaskState;
  readonly folder: string;
  /** When its grid was asked for. */
  readonly askedAt: string;
  /** What it came to, where it is done. */
  readonly summary: RunSummary | null;
  /** Why it came to nothing, where it failed. */
  readonly error: string | null;
}

/** The row of a tune of a grid. */
export function taskRow(listed: ListedTask, configuration: string): RunRow {
  const { task, state, folder, askedAt, summary, error } = listed;
  const drawn = task.draw === null ? "" : `draw ${task.draw} of validation`;
  const standing = error ?? (drawn || `of a grid${state === "done" ? `, ${shortTask(task)}` : ""}`);
  const own = { folder, checkpoint: task.checkpointName, standing, task: true } as const;
  if (summary !== null) {
    const about = { inPlace: false, configuration };
    const row = runRow({ folder, pinned: false, name: "", note: "", ...summary }, about);
    // What a draw was measured on is none of the sets that runs are told apart by, and its head is for the spread alone.
    if (task.draw !== null) return { ...row, ...own, set: null, population: null };
    const { verdict } = summary.result ?? {};
    return { ...row, ...own, canUse: verdict !== undefined && keepsHead(verdict) };
  }
  return {
    ...own,
    ...{ name: "", note: "", pinned: false, inPlace: false, canUse: false, configuration },
    ...{ state, tone: null, verdict: state, objective: metricName(task.objective), metric: task.objective },
    ...{ bounds: task.bound === null ? "" : percent(task.bound, 1), boundsState: "" },
    ...{ set: null, value: null, worst: null, population: null, change: null, price: null },
    ...{ seed: task.seed, startedAt: askedAt },
  };
}

/** What one may tell runs by, most telling first; alike for runs that do not differ in it. */
const facts: readonly ((run: Listed) => string)[] = [
  ({ run }) => `for ${shortName(run.objective)}`,
  ({ result }) => (result === null ? "" : boundsText(result.constraints) || "no bounds"),
  ({ run }) => `seed ${run.seed}`,
  ({ result }) => priorText(result?.prior) ?? "",
  ({ run }) => (run.backend === null ? "" : `on ${run.backend.name}`),
  ({ run }) => (run.discardedAt === undefined ? "" : "discarded"),
];

/** For each run what sets it apart from the others: "seed 1, no bounds, 2026-05-01 10:20 UTC". When it began always does. */
export function whatDiffers(runs: readonly Listed[]): string[] {
  const apart = facts.filter((fact) => new Set(runs.map(fact)).size > 1);
  const tablesOf = ({ run }: Listed) => JSON.stringify(run.tables ?? {});
  const tables = [...new Set(runs.map(tablesOf))];
  return runs.map((one) => {
    const told = apart.map((fact) => fact(one)).filter((text) => text !== "");
    const which = tables.length > 1 ? [`tables ${tables.indexOf(tablesOf(one)) + 1}`] : [];
    return [...told, ...which, moment(one.run.startedAt)].join(", ");
  });
}
