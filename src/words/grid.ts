/** A grid of tunes in words. */
import { metricName } from "../metrics/catalogue.ts";
import type { GridCell, GridOutcome, GridTask } from "../protocol/grid.ts";
import type { GridResult } from "../protocol/jobResults.ts";
import type { SweptBound } from "../protocol/sweep.ts";
import { valueText } from "./metricValues.ts";
import { capital } from "./names.ts";
import { counted, percent } from "./numbers.ts";
import { sweptBoundText } from "./sweep.ts";

/** The set that a cell was measured on. */
export function cellSetName({ set }: Pick<GridCell, "set">): string {
  return set === "notDrawn" ? "the validation rows that were not drawn" : set;
}

/** As much of a task's name as tells it from others. */
export function shortTask({ id }: Pick<GridTask, "id">): string {
  return id.slice(0, 12);
}

/** "58 of 60 tunes done, 2 failed" */
export function gridProgress(tasks: Pick<GridOutcome, "tasks">["tasks"]): string {
  const count = (state: string) => tasks.filter((task) => task.state === state).length;
  return gridEndText({ tunes: tasks.length, done: count("done"), failed: count("failed") });
}

export function gridEndText({ tunes, done, failed }: Pick<GridResult, "tunes" | "done" | "failed">): string {
  return `${done} of ${counted(tunes, "tune")} done${failed > 0 ? `, ${failed} failed` : ""}`;
}

/** How much of each cell's result is luck, with what sets it apart from others of the same objective: "epoch-10, ≥ 8 %: ". */
export function spreadsText(cells: readonly GridCell[], swept: SweptBound | null): string[] {
  const severalCheckpoints = cells.some(({ checkpoint }) => checkpoint !== cells[0]?.checkpoint);
  const severalBounds = cells.some(({ bound }) => bound !== cells[0]?.bound);
  return cells.flatMap((cell) => {
    const told = spreadText(cell);
    const apart = [
      ...(severalCheckpoints ? [cell.checkpointName] : []),
      ...(severalBounds && swept && cell.bound !== null ? [sweptBoundText(swept, cell.bound)] : []),
    ];
    return told === null ? [] : [`${apart.length > 0 ? `${apart.join(", ")}: ` : ""}${told}`];
  });
}

/** How much of a cell's result is luck, in a sentence; null where nothing was varied. */
export function spreadText(cell: GridCell): string | null {
  const { after, objective, seeds, draws } = cell;
  if (!after?.range) return null;
  const over = [
    ...(seeds > 1 ? [counted(seeds, "seed")] : []),
    ...(draws > 0 ? [`${counted(draws, "draw")} of validation`] : []),
  ].join(" and ");
  const { low, high } = after.range;
  const [from, to] = [low, high].map((end) => valueText(objective, end));
  const lies = `${metricName(objective)} on ${cellSetName(cell)} lies between ${from} and ${to} in nine of ten`;
  const again = draws > 0 ? "further validation sets of this size" : "further seeds";
  return `Over ${over}: ${lies} ${again}${sharesText(after.shares)}.`;
}

function sharesText(shares: NonNullable<GridCell["after"]>["shares"]): string {
  if (shares === null) return "";
  const [draw, seed, both] = [shares.draw, shares.seed, shares.both].map((share) => percent(share));
  return `; of the variance, ${draw} is the draw, ${seed} the seed, and ${both} the two together`;
}

/** What has to be known to read the table. */
export function gridCautions(cells: readonly GridCell[]): string[] {
  const isDrawn = cells.some(({ draws }) => draws > 0);
  const notes: string[] = [];
  if (!isDrawn && cells.length > 1)
    notes.push("Choose by validation and by the mean over seeds: the best of many on test is lucky there.");
  if (isDrawn)
    notes.push(
      "A draw holds about 63 % of validation's rows, some of them several times, so that heads tuned on it are a little worse than on all of them: read the spread, not the mean.",
    );
  return notes;
}

/** What stopped tasks, each reason once. */
export function failuresText(tasks: Pick<GridOutcome, "tasks">["tasks"]): string[] {
  const errors = tasks.flatMap(({ error }) => (error === null ? [] : [error]));
  return [...new Set(errors)].map((error) => {
    const times = errors.filter((one) => one === error).length;
    return `${capital(counted(times, "tune"))} failed: ${error}`;
  });
}
