/** Whether validation has the samples that the constraints are about: asked before anything is tuned. */
import { metricsIn } from "../../metrics/objective.ts";
import { ConfusionSummary, exactConfusion } from "../../selmix/confusion/confusion.ts";
import { boundedValues, valuesBefore } from "../../selmix/confusion/constraints.ts";
import type { Counts } from "../../selmix/confusion/matrix.ts";
import { hasJudgedCells, needsGroups } from "../../selmix/confusion/objectives.ts";
import type { Subject } from "../../selmix/confusion/shares.ts";
import { countPredictions } from "../../selmix/confusion/tallies.ts";
import { isAboutGroups } from "../../selmix/confusion/wholeObjective.ts";
import { constraintText } from "../../words/constraints.ts";
import { className, listed, named } from "../../words/names.ts";
import { counted } from "../../words/numbers.ts";
import { JobError } from "../errors.ts";
import { type CountedRows, countPlaces } from "../tables/buckets.ts";
import { countMeant, rowsInGroups } from "./meantRows.ts";
import type { Prepared } from "./prepare.ts";

/**
 * Refuses a constraint of which some class has no sample on validation, or some group, or class in a group, fewer than `minimumSupport`:
 * whatever head came of it, nobody could say whether it holds. `"unjudged": "allow"` lets it pass.
 * @throws JobError naming the constraint and who has too few samples
 */
export function requireJudgeable(prepared: Prepared): void {
  const { project, problem, constraints, isHead } = prepared;
  const { configuration } = project;
  requireJudgedCells(prepared);
  if (configuration.unjudged === "allow") return;
  const { validation, classes } = problem;
  const counts = sizesOf(validation, classes);
  const confusion = exactConfusion(counts, validation.supported, classes);
  const summary = new ConfusionSummary(confusion);
  const context = { isHead, before: valuesBefore(confusion, { isHead }) };
  for (const [at, constraint] of constraints.entries()) {
    const measures = boundedValues(summary, [constraint], context).map((bounded) => bounded.measures);
    const wanting = measures.flatMap(({ empty, small }) => [...empty, ...small]);
    const told = constraintText(configuration.constraints[at] ?? constraint);
    if (wanting.length === 0 && measures.some(({ subjects }) => subjects.length === 0)) {
      throw new JobError(
        `The constraint "${told}" cannot be judged, because the tables have only one group; leave it out, or name another attribute under "columns".`,
      );
    }
    if (wanting.length === 0) continue;
    const missing = [...new Set(wanting.flatMap((subject) => missingOf(subject, prepared, counts)))];
    const isSmall = measures.every(({ empty }) => empty.length === 0);
    const why = isSmall
      ? `has too few samples to judge it by (${listed(missing, 5)}; "minimumSupport" is ${configuration.minimumSupport}); add some, name other classes, lower "minimumSupport",`
      : `has no sample of ${listed(missing, 5)}; add some, name other classes,`;
    throw new JobError(
      `The constraint "${told}" cannot be judged, because ${configuration.features.validation} ${why} or set "unjudged" to "allow".`,
    );
  }
}

/**
 * Refuses an objective over classes in groups where none of them has samples enough, on validation or on test: it would have no value.
 * @throws JobError naming the table
 */
export function requireJudgedCells({ project, problem, test }: Prepared): void {
  const { objective, minimumSupport, features } = project.configuration;
  if (!isAboutGroups(objective)) return;
  for (const { set, file } of [
    { set: problem.validation, file: features.validation },
    { set: test, file: features.test },
  ]) {
    if (set === null || hasJudgedCells(set.supported, countPlaces(set.cells, set.supported.length))) continue;
    throw new JobError(
      `${metricsIn(objective).find(needsGroups)} cannot be measured on ${file}, where no class has ${minimumSupport} samples in a group; add some, choose another objective, or lower "minimumSupport".`,
    );
  }
}

/** What has samples depends on the labels alone: counts [cells,K] as if all were recognised. */
function sizesOf({ cells, supported }: CountedRows, classes: number): Counts {
  const labels = cells.map((cell) => supported[cell]?.label ?? 0);
  return countPredictions(labels, cells, supported.length, classes);
}

/** Who has too few samples, of what a value is about: "yes in C", or "yes in C has 3 samples". @param counts [cells,K] */
function missingOf(subject: Subject, prepared: Prepared, counts: Counts): string[] {
  const { metric, classes, groups } = subject;
  const { minimumSupport } = prepared.project.configuration;
  const [label] = classes;
  if (groups.length > 0)
    return rowsInGroups(subject, prepared).flatMap((rows) => {
      const samples = countMeant(rows, prepared, counts);
      if (samples >= minimumSupport) return [];
      return [samples === 0 ? rows.name : `${counted(samples, "sample")} of ${rows.name}`];
    });
  if (label !== undefined) return [named(className(prepared.classes, label))];
  return [metric === "headRecall" ? "the head classes" : "the tail classes"];
}
