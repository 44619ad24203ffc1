/** Whether validation has the samples that the constraints are about: asked before anything is tuned. */
import { ConfusionSummary, exactConfusion } from "../selmix/confusion.ts";
import { boundedValues } from "../selmix/constraints.ts";
import type { Subject } from "../selmix/measures.ts";
import { countPredictions } from "../selmix/tallies.ts";
import { constraintText } from "../words/constraints.ts";
import { className, listed, named } from "../words/names.ts";
import { JobError } from "./errors.ts";
import { countMeant, rowsInGroups } from "./meantRows.ts";
import type { Prepared } from "./prepare.ts";

/**
 * Refuses a constraint of which some class, group, or class in a group, has no sample on validation: whatever head came of
 * it, nobody could say whether it holds. `"unjudged": "allow"` lets it pass.
 * @throws JobError naming the constraint and who has no samples
 */
export function requireJudgeable(prepared: Prepared): void {
  const { project, problem, cells, constraints, isHead } = prepared;
  const { configuration } = project;
  if (configuration.unjudged === "allow") return;
  const { validation, classes } = problem;
  // What has samples depends on the labels alone: as if all were recognised.
  const labels = validation.cells.map((cell) => cells[cell]?.label ?? 0);
  const counts = countPredictions(labels, validation.cells, cells.length, classes);
  const summary = new ConfusionSummary(exactConfusion(counts, cells, classes));
  for (const [at, constraint] of constraints.entries()) {
    const empty = boundedValues(summary, [constraint], { isHead }).flatMap(({ measures }) => measures.empty);
    if (empty.length === 0) continue;
    const missing = [...new Set(empty.flatMap((subject) => missingOf(subject, prepared, counts)))];
    const told = constraintText(configuration.constraints[at] ?? constraint);
    throw new JobError(
      `The constraint "${told}" cannot be judged, because ${configuration.features.validation} has no sample of ${listed(missing, 5)}; add some, name other classes, or set "unjudged" to "allow".`,
    );
  }
}

/** Who has no samples, of what a value is about: "yes in C". @param counts [cells,K] */
function missingOf(subject: Subject, prepared: Prepared, counts: Int32Array): string[] {
  const { metric, classes, groups } = subject;
  const [label] = classes;
  if (groups.length > 0)
    return rowsInGroups(subject, prepared).flatMap((rows) =>
      countMeant(rows, prepared, counts) > 0 ? [] : [rows.name],
    );
  if (label !== undefined) return [named(className(prepared.classes, label))];
  return [metric === "headRecall" ? "the head classes" : "the tail classes"];
}
