/** Metrics of a head from its hard predictions: exact, unclipped, as they are reported. */
import { reportedIds } from "../../metrics/catalogue.ts";
import type { Objective } from "../../metrics/objective.ts";
import type { EvaluationRecord } from "../../protocol/records.ts";
import { hasJudgedCells, reportedValues } from "./objectives.ts";
import type { Tallies } from "./tallies.ts";
import { isAboutGroups, wholeObjective, wholeValue } from "./wholeObjective.ts";

/**
 * All reported metrics, and the objective where it is none of them; support is in rows. Recalls of buckets without samples are null and
 * left out of the means.
 */
export function evaluate(
  tallies: Tallies,
  isHead: readonly boolean[],
  objective?: Objective,
): EvaluationRecord {
  const { correct, support, predicted, rows } = tallies;
  const total = support.reduce((sum, value) => sum + value, 0);
  return {
    ...reportedValues(tallies, isHead, reportedIds),
    ...ownValue(tallies, isHead, objective),
    recall: Array.from(support, (samples, b) => (samples > 0 ? correct[b] / samples : null)),
    coverage: Array.from(predicted, (value) => value / total),
    support: Array.from(rows),
  };
}

function ownValue(
  tallies: Tallies,
  isHead: readonly boolean[],
  objective?: Objective,
): Pick<EvaluationRecord, "own"> {
  if (objective === undefined || typeof objective === "string") return {};
  if (isAboutGroups(objective) && !hasJudgedCells(tallies.buckets, tallies.rows)) return {};
  const whole = wholeObjective(objective);
  return { own: { [whole.id]: whole.told(wholeValue(whole, tallies, isHead)) } };
}
