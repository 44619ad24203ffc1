/** The metrics that some runs can be told by: those of groups only where a run has groups. */
import { metricOf, type ReportedId, reportedIds } from "../../metrics/catalogue.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";

export function knownMetrics(snapshots: readonly Pick<RunSnapshot, "result">[]): ReportedId[] {
  return reportedIds.filter(
    (id) =>
      metricOf(id).needs !== "groups" ||
      snapshots.some(({ result }) => result?.after.validation[id] !== undefined),
  );
}
