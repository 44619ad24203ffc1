/** Two metrics of several runs against each other. Pure. */
import { metricName, type ReportedId } from "../../metrics/catalogue.ts";
import { capital } from "../../words/names.ts";
import { percent } from "../../words/numbers.ts";
import type { Split } from "../../words/sets.ts";
import { ScatterPicture } from "../pictures/scatter.ts";
import { likenessOf, whyUnlike } from "./alike.ts";
import type { NamedRun } from "./namedRuns.ts";

const show = (value: number) => percent(value, 1);

/** Two metrics of the runs against each other; the checkpoints they started from are hollow. */
export function runsScatter(
  runs: readonly NamedRun[],
  x: ReportedId,
  y: ReportedId,
  split: Split,
): ScatterPicture {
  const title = `${capital(metricName(y))} against ${metricName(x)} (${split})`;
  const points = runs.flatMap(({ letter, look, snapshot }) => {
    const ends = [
      { evaluation: snapshot.result?.before[split] ?? null, when: "before", filled: false },
      { evaluation: snapshot.result?.after[split] ?? null, when: "after", filled: true },
    ];
    return ends.flatMap(({ evaluation, when, filled }) => {
      const [across, up] = [evaluation?.[x], evaluation?.[y]];
      if (across === undefined || up === undefined) return [];
      return [
        {
          x: across,
          y: up,
          look: { ...look, filled },
          label: filled ? letter : "",
          reading: `Run ${letter} ${when}: ${metricName(x)} ${show(across)}, ${metricName(y)} ${show(up)}.`,
          row: [letter, when, across, up],
        },
      ];
    });
  });
  const likeness = likenessOf(runs, split);
  const why = whyUnlike(likeness, x) ?? whyUnlike(likeness, y);
  const better =
    why === null
      ? "Up and right is better."
      : `Up and right is better for one run, not between runs: ${why}.`;
  return new ScatterPicture({
    title,
    fileStem: `compare-${x}-${y}`,
    sentence: `Hollow: the checkpoint; filled: the tuned head. ${better}`,
    points,
    xLabel: metricName(x),
    yLabel: metricName(y),
    showX: (value, digits) => percent(value, Math.max(0, digits - 2)),
    showY: (value, digits) => percent(value, Math.max(0, digits - 2)),
    zeroLines: false,
    robust: false,
    looks: runs.map((run) => run.look),
    table: () => ({
      caption: title,
      columns: [
        { key: "run", label: "Run" },
        { key: "when", label: "When" },
        { key: x, label: capital(metricName(x)), show },
        { key: y === x ? `${y} (y)` : y, label: capital(metricName(y)), show },
      ],
      rows: points.map((point) => point.row),
    }),
  });
}
