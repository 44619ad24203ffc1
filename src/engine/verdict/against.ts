/**
 * A checkpoint held against an earlier run: on the very rows that the run was measured on, where it kept what it predicted for them
 * and they are the same still; otherwise by the intervals of both, as if of other rows, which is more careful.
 */
import { createHash } from "node:crypto";
import path from "node:path";
import { betterWay } from "../../metrics/catalogue.ts";
import { isCost, objectiveKey } from "../../metrics/composed.ts";
import type { PredictedSet } from "../../project/predictions.ts";
import { readPredictions, readResult } from "../../project/readRuns.ts";
import type { AgainstRun, ComparedValue } from "../../protocol/evaluation.ts";
import type { TuneResult } from "../../protocol/records.ts";
import { type EstimatedChange, metricChanges, partsOfLeast } from "../../selmix/estimates/metricChanges.ts";
import { type Estimate, intervalOf, type Limits } from "../../statistics/estimate.ts";
import { changeBetween, changeBetweenLimits, shareOf } from "../../statistics/intervals.ts";
import { fallText } from "../../words/check.ts";
import { compareResult } from "../../words/comparison.ts";
import { changeIn, type Split } from "../../words/sets.ts";
import { isAdvised } from "../../words/use.ts";
import { JobError } from "../errors.ts";
import type { Measured, MeasuredHead } from "../measure/measured.ts";
import type { Prepared } from "../problem/prepare.ts";
import type { CountedRows } from "../tables/buckets.ts";

/** The chance that a value which is said not to have fallen has, and that a class which is said to have fallen has not. */
const error = 0.1;
const rounding = 1e-9;

/** What is said of the rows of a set: the same text, the same rows as far as classes and groups tell. */
function rowsHash({ cells, classes }: Prepared, { cells: cellOf }: CountedRows): string {
  const names = JSON.stringify([classes, cells.map(({ name }) => name)]);
  return createHash("sha256").update(names).update(Int32Array.from(cellOf)).digest("hex");
}

/** What a head predicts for the rows of each set, as a run keeps it. */
export function predictedSets(prepared: Prepared, { validation, test }: MeasuredHead): PredictedSet[] {
  const of = (set: Split, rows: CountedRows, { predictions }: Measured): PredictedSet => ({
    ...{ set, predictions },
    rows: rowsHash(prepared, rows),
  });
  const sets = [of("validation", prepared.problem.validation, validation)];
  if (prepared.test && test) sets.push(of("test", prepared.test, test));
  return sets;
}

/** A value before and after, and its change with limits at any level. */
interface Compared {
  readonly metric: string;
  readonly class: string | null;
  readonly before: Limits;
  readonly after: Limits;
  readonly change: Pick<Estimate, "value" | "low" | "high">;
}

/** Whether the head that a result is about is the one to be used; otherwise that is the checkpoint as it was. */
function isInUse({ verdict }: TuneResult): boolean {
  return verdict !== undefined && isAdvised(verdict);
}

/**
 * How a checkpoint stands to what an earlier run left in use. Throws `JobError` for a run that cannot be compared with.
 * @param tolerance how far a value may fall
 */
export function against(
  prepared: Prepared,
  measured: MeasuredHead,
  { runFolder, tolerance }: { readonly runFolder: string; readonly tolerance: number },
): AgainstRun {
  const run = path.basename(runFolder);
  const result = readResult(runFolder);
  if (!result) throw new JobError(`The run ${run} came to no result; compare with one that did.`);
  requireAlike(prepared, run, result);
  const set: Split = prepared.test && result.after.test ? "test" : "validation";
  const rows = set === "test" && prepared.test ? prepared.test : prepared.problem.validation;
  const now = (set === "test" && measured.test) || measured.validation;
  const kept = readPredictions(runFolder).find((one) => one.set === set);
  const isPaired = kept !== undefined && kept.rows === rowsHash(prepared, rows);
  const found = isPaired
    ? onSameRows(prepared, rows, kept.predictions, now)
    : apart(prepared, result, set, rows, now);
  const metrics = found.metrics.map((one) => judged(one, tolerance));
  const values = [...metrics, ...mostFallen(found.classes, tolerance)];
  return { run, set, tolerance, paired: isPaired, values };
}

/** What is compared must be the same thing: of the same classes, under the same shares. */
function requireAlike({ classes, project }: Prepared, run: string, result: TuneResult): void {
  if (result.classes.join("\n") !== classes.join("\n")) {
    throw new JobError(
      `The run ${run} is of other classes than ${project.path} has now; compare with a run of the same classes.`,
    );
  }
  if (JSON.stringify(result.prior) !== JSON.stringify(project.configuration.prior)) {
    throw new JobError(
      `The run ${run} was measured under other class shares ("prior") than ${project.path} says now; compare with a run of the same.`,
    );
  }
}

interface Found {
  readonly metrics: readonly Compared[];
  readonly classes: readonly Compared[];
}

/** The metrics that may not fall: the objective, and accuracy. */
function guarded({ project: { configuration } }: Prepared): string[] {
  return [...new Set([objectiveKey(configuration.objective), "accuracy"])];
}

/** By the same rows twice. */
function onSameRows(prepared: Prepared, rows: CountedRows, before: Int32Array, now: Measured): Found {
  const paired = { ...rowsOfSet(prepared, rows), before, after: now.predictions };
  const all = metricChanges(paired, prepared.isHead, prepared.project.configuration.objective);
  const ends = ({ before: from, after: to, change }: EstimatedChange) => ({
    ...{ before: intervalOf(from), after: intervalOf(to), change },
  });
  const present = presentClasses(prepared, rows);
  return {
    metrics: guarded(prepared).flatMap((metric) => {
      const one = all[metric];
      return one === undefined ? [] : [{ metric, class: null, ...ends(one) }];
    }),
    classes: partsOfLeast(paired, prepared.isHead).minRecall.map((one, at) => ({
      ...{ metric: "recall", class: present[at] ?? null },
      ...ends(one),
    })),
  };
}

/** By what the run says of its rows, and what these rows say: the chance of each counts. */
function apart(prepared: Prepared, result: TuneResult, set: Split, rows: CountedRows, now: Measured): Found {
  const side = isInUse(result) ? "after" : "before";
  const paired = { ...rowsOfSet(prepared, rows), before: now.predictions, after: now.predictions };
  const all = metricChanges(paired, prepared.isHead, prepared.project.configuration.objective);
  const own = partsOfLeast(paired, prepared.isHead).minRecall;
  const present = presentClasses(prepared, rows);
  const { buckets } = compareResult(result, set);
  return {
    metrics: guarded(prepared).flatMap((metric) => {
      const [then, is] = [changeIn(result.changes[set], metric)?.[side], all[metric]];
      if (then === undefined || is === undefined) return [];
      const after = intervalOf(is.after);
      const { value, low, high } = changeBetweenLimits(then, after);
      // Known at one level only, which is a surer one than is asked for.
      const change = { value, low: () => low, high: () => high };
      return [{ metric, class: null, before: then, after, change }];
    }),
    classes: buckets.flatMap(({ name, samples, ...recall }) => {
      const then = shareOf(recall[side], samples ?? 0);
      const is = own[present.indexOf(name)]?.after ?? null;
      const change = changeBetween(then, is);
      if (then === null || is === null || change === null) return [];
      return [{ metric: "recall", class: name, before: intervalOf(then), after: intervalOf(is), change }];
    }),
  };
}

function rowsOfSet({ cells, classes }: Prepared, { cells: bucketOf, weights }: CountedRows) {
  return { buckets: cells, classes: classes.length, bucketOf, ...(weights && { weights }) };
}

/** Names of the classes that have rows, in the order of the classes. */
function presentClasses({ classes }: Prepared, { labels }: CountedRows): string[] {
  const seen = new Set(labels);
  return classes.filter((_, label) => seen.has(label));
}

function recorded({ metric, class: name, before, after, change }: Compared) {
  const [low, high] = [change.low(0.025), change.high(0.025)];
  return { metric, class: name, before, after, change: { value: change.value, low, high } };
}

/** A value that may fall by the tolerance, a cost rise by so much of itself: as sure as a bound has to be. */
function judged(one: Compared, tolerance: number): ComparedValue {
  const way = betterWay(one.metric);
  const limit = way > 0 ? one.change.low(error) : one.change.high(error);
  const allowed = isCost(one.metric) ? tolerance * one.before.value : tolerance;
  const isBeyond = (change: number) => way * change < -allowed - rounding;
  const status = isBeyond(one.change.value) ? "missed" : isBeyond(limit) ? "notJudged" : "holds";
  return { ...recorded(one), status, reason: status === "notJudged" ? fallText(one.metric, limit) : null };
}

/** Of the classes the one that fell most: missed where one fell by more than the tolerance beyond the chance of them all. */
function mostFallen(classes: readonly Compared[], tolerance: number): ComparedValue[] {
  const [least, ...others] = classes.toSorted((a, b) => a.change.value - b.change.value);
  if (least === undefined) return [];
  const all = [least, ...others];
  const evident = all.find(({ change }) => change.high(error / all.length) < -tolerance - rounding);
  return [{ ...recorded(evident ?? least), status: evident ? "missed" : "holds", reason: null }];
}
