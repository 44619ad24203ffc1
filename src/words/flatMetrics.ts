/**
 * What was measured as a flat list of numbers, for tools that keep metrics of many runs (DVC, MLflow, W&B, TensorBoard): shares
 * between 0 and 1 under names such as "test/minRecall" and "test/recall/shirt".
 */

import type { GroupMetric, SetReport } from "../protocol/evaluation.ts";
import type {
  ConstraintVerdict,
  EvaluationRecord,
  MetricChanges,
  TuneResult,
  VerdictStatus,
} from "../protocol/records.ts";
import { compareResult } from "./comparison.ts";
import { isKept, overallStatus } from "./constraints.ts";
import type { Evaluated } from "./evaluation.ts";
import type { Split } from "./sets.ts";
import { everyChange } from "./sets.ts";

export type FlatMetrics = Record<string, number>;

/** Such tools take letters, digits and few signs in a name; the slash is theirs, for parts of it. */
function part(name: string): string {
  return name.normalize("NFC").replace(/[^\p{L}\p{N}_. -]+/gu, "_");
}

/** Numbers by name, in order. Two names that come to the same are told apart; what is no number is left out. */
class Flat {
  readonly numbers: FlatMetrics = {};

  add(parts: readonly string[], value: number | null | undefined): void {
    if (value == null || !Number.isFinite(value)) return;
    const name = parts.map(part).join("/");
    let free = name;
    for (let count = 2; Object.hasOwn(this.numbers, free); count++) free = `${name}_${count}`;
    this.numbers[free] = value;
  }
}

function addBounds(flat: Flat, constraints: readonly ConstraintVerdict[]): void {
  const all = constraints.map(overallStatus);
  const count = (wanted: (status: VerdictStatus) => boolean) => all.filter(wanted).length;
  const isMissed = (status: VerdictStatus) => status === "missed";
  flat.add(["constraints", "holding"], count(isKept));
  flat.add(["constraints", "missed"], count(isMissed));
  flat.add(
    ["constraints", "notJudged"],
    count((status) => !isKept(status) && !isMissed(status)),
  );
}

const sets = ["validation", "test"] as const satisfies readonly Split[];

/** A run: the head it is about, before and after, on each set. */
export function flatResult(result: TuneResult): FlatMetrics {
  const flat = new Flat();
  for (const set of sets) {
    const changes: MetricChanges | null = result.changes[set];
    for (const [metric, change] of changes === null ? [] : everyChange(changes)) {
      flat.add([set, metric], change.after.value);
      flat.add([set, `${metric}_low`], change.after.low);
      flat.add([set, `${metric}_high`], change.after.high);
      flat.add([set, `${metric}_before`], change.before.value);
    }
    const evaluation: EvaluationRecord | null = result.after[set];
    if (evaluation === null) continue;
    const { buckets, cells } = compareResult(result, set);
    for (const { name, after } of buckets) flat.add([set, "recall", name], after);
    for (const { name, after } of buckets.length === 0 ? [] : cells)
      flat.add([set, "groupRecall", name], after);
    evaluation.coverage.forEach((share, label) => {
      flat.add([set, "coverage", result.classes[label] ?? `${label}`], share);
    });
  }
  addBounds(flat, result.constraints);
  const decision = result.verdict?.decision;
  if (decision) flat.add(["use"], decision === "use" || decision === "useBaseline" ? 1 : 0);
  return flat.numbers;
}

/** A checkpoint as it is, on each set. */
export function flatEvaluation({ sets: reports, constraints }: Evaluated): FlatMetrics {
  const flat = new Flat();
  for (const set of sets) if (reports[set] !== null) addReport(flat, set, reports[set]);
  addBounds(flat, constraints);
  return flat.numbers;
}

function addReport(flat: Flat, set: Split, { metrics, classes, groups }: SetReport): void {
  for (const [metric, { value, low, high }] of Object.entries(metrics)) {
    flat.add([set, metric], value);
    flat.add([set, `${metric}_low`], low);
    flat.add([set, `${metric}_high`], high);
  }
  for (const one of classes) flat.add([set, "recall", one.class], one.recall?.value);
  for (const one of classes) flat.add([set, "precision", one.class], one.precision?.value);
  for (const { group, accuracy } of groups?.accuracy ?? [])
    flat.add([set, "groupAccuracy", group], accuracy?.value);
  for (const metric of groups?.metrics ?? []) addGroupMetric(flat, set, metric);
}

function addGroupMetric(flat: Flat, set: Split, { metric, value }: GroupMetric): void {
  // The accuracy of each group stands by its name.
  if (metric !== "groupAccuracy" && metric !== "groupRecall") flat.add([set, metric], value);
}
