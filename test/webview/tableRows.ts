/** Rows of the table of runs, made up. */
import type { RunRow } from "../../src/protocol/runsTable.ts";

/** Recall of the worst class, of the checkpoint of a place and of its tuned head. */
export const checkpointAt = (place: number) => 0.2 + 0.01 * place;
export const tunedAt = (place: number) => 0.45 + 0.015 * place;

/** A finished run of the table. */
export function row(place: number, change: Partial<RunRow> = {}): RunRow {
  const around = (value: number) => ({ value, low: value - 0.06, high: value + 0.07 });
  const day = String(1 + place).padStart(2, "0");
  return {
    ...{ folder: `/ws/.selmix/runs/${place}`, name: "", note: "", pinned: false, inPlace: false },
    ...{ canUse: true, state: "done", tone: "good", checkpoint: `epoch_${place}`, seed: 0 },
    ...{
      objective: "worst-class recall",
      metric: "minRecall",
      bounds: "",
      boundsState: "",
      verdict: "Use it",
      standing: "",
    },
    ...{ set: "test", value: tunedAt(place), change: { value: 0.25, low: 0.2, high: 0.3 }, price: null },
    ...{ worst: { before: around(checkpointAt(place)), after: around(tunedAt(place)) } },
    ...{ population: "one", configuration: "selmix.json", startedAt: `2026-01-${day}T03:04:05.000Z` },
    ...change,
  };
}
