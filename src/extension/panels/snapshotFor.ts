/** What a panel is sent of a run: only what it looks at. Of a thousand classes and 200 cycles, a whole run is 26 MB. */
import type { RunSnapshot } from "../../protocol/panels.ts";
import type { CycleRecord } from "../../protocol/records.ts";
import { isGrouped } from "../../words/names.ts";
import type { PanelKind } from "../ids.ts";

/**
 * The run without what the panel never shows: counts are for the recall panel and for groups, multipliers for the gain panel, and recalls
 * and coverages are compared between the first cycle and the last one.
 */
export function snapshotFor(kind: PanelKind, snapshot: RunSnapshot): RunSnapshot {
  const { history } = snapshot;
  const ends = [history[0], history.at(-1)];
  return {
    ...snapshot,
    confusion:
      kind === "recall" || (kind === "compare" && isGrouped(snapshot.result?.buckets ?? []))
        ? snapshot.confusion
        : {},
    history: history.map(
      (cycle): CycleRecord => ({
        ...cycle,
        ...(ends.includes(cycle) ? {} : { recall: [], coverage: [] }),
        ...(kind === "gain" ? {} : { multipliers: { objective: [], constraints: [] } }),
      }),
    ),
  };
}
