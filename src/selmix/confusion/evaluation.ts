/** Metrics of a head from its hard predictions: exact, unclipped, as they are reported. */
import { reportedIds } from "../../metrics/catalogue.ts";
import type { EvaluationRecord } from "../../protocol/records.ts";
import { reportedValues } from "./objectives.ts";
import type { Tallies } from "./tallies.ts";

/** All reported metrics; support is in rows. Recalls of buckets without samples are null and left out of the means. */
export function evaluate(tallies: Tallies, isHead: readonly boolean[]): EvaluationRecord {
  const { correct, support, predicted, rows } = tallies;
  const total = support.reduce((sum, value) => sum + value, 0);
  return {
    ...reportedValues(tallies, isHead, reportedIds),
    recall: Array.from(support, (samples, b) => (samples > 0 ? correct[b] / samples : null)),
    coverage: Array.from(predicted, (value) => value / total),
    support: Array.from(rows),
  };
}
