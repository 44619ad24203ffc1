/** The objective over a run. Pure. */
import { betterWay, isMetricId, metricName } from "../../metrics/catalogue.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import { heldMark, missedText } from "../../words/constraints.ts";
import { keptPlace } from "../../words/cycles.ts";
import { valueText } from "../../words/metricValues.ts";
import { signed } from "../../words/numbers.ts";
import { LinesPicture } from "../pictures/lines.ts";
import { seriesLook } from "../pictures/looks.ts";

/** The objective on validation at each cycle; the kept head is marked, cycles that break a constraint are shaded. */
export function objectivePicture(snapshot: RunSnapshot): LinesPicture | null {
  const { history, run, result } = snapshot;
  const show = (value: number) => valueText(run.objective, value);
  const first = history[0];
  const last = history.at(-1);
  if (first === undefined || last === undefined) return null;
  const chosen = keptPlace(snapshot);
  const kept = history[chosen];
  const way = betterWay(run.objective);
  const higher = history.some(
    (cycle) => kept && cycle.feasible && way * (cycle.objective - kept.objective) > 0,
  );
  const name = metricName(run.objective);
  const infeasible = history.flatMap((cycle, index) => (cycle.feasible ? [] : [index]));
  const title = "Objective over the run (validation)";
  const keptText =
    kept === undefined
      ? ""
      : result === null
        ? ` Best so far: step ${kept.step}, at ${show(kept.objective)}.`
        : ` The head kept is that of step ${kept.step}, at ${show(kept.objective)}${higher ? "; heads are judged by counts that are smoothed, so that chance favours none" : ""}.`;
  return new LinesPicture({
    title,
    fileStem: "objective",
    sentence: `The objective (${name}) went from ${show(first.objective)} to ${show(last.objective)} in ${last.step} steps.${keptText}`,
    x: history.map((cycle) => cycle.step),
    xLabel: "training step",
    series: [{ look: seriesLook(0, name), values: history.map((cycle) => cycle.objective) }],
    show,
    include: [],
    chosen: kept === undefined ? null : { index: chosen, label: result === null ? "best so far" : "kept" },
    shaded: { indices: infeasible, label: missedText(false) },
    read: (index) => {
      const cycle = history[index];
      if (cycle === undefined) return "";
      const change =
        cycle.measuredChange === null
          ? ""
          : isMetricId(run.objective)
            ? `, ${signed(100 * cycle.measuredChange, 2)} points in this cycle`
            : "";
      return `Cycle ${cycle.cycle}, step ${cycle.step}: ${show(cycle.objective)}${change}${cycle.feasible ? "" : `, ${missedText(false)}`}${cycle.best ? ", best so far" : ""}.`;
    },
    table: () => ({
      caption: title,
      columns: [
        { key: "cycle", label: "Cycle", show: String },
        { key: "step", label: "Step", show: String },
        { key: "objective", label: "Objective", show },
        { key: "constraints", label: "Constraints" },
        { key: "best", label: "Best so far" },
        { key: "learningRate", label: "Learning rate", show: (value) => value.toPrecision(3) },
      ],
      rows: history.map((cycle) => [
        cycle.cycle,
        cycle.step,
        cycle.objective,
        heldMark(cycle.feasible).word,
        cycle.best ? "yes" : "",
        cycle.learningRate,
      ]),
    }),
  });
}
