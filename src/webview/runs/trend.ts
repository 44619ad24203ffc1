/** Recall of the worst class over runs, before tuning and after. Only runs that were measured on alike sets share a picture. Pure. */
import { metricName } from "../../metrics/catalogue.ts";
import type { MeasuredValue, RunRow } from "../../protocol/runsTable.ts";
import { capital } from "../../words/names.ts";
import { counted, moment, percent, range } from "../../words/numbers.ts";
import { LinesPicture } from "../pictures/lines.ts";
import { afterLook, beforeLook } from "../pictures/looks.ts";

/** A run whose worst class is known. */
export type MeasuredRun = RunRow & {
  readonly worst: NonNullable<RunRow["worst"]>;
  readonly set: NonNullable<RunRow["set"]>;
};

/** Runs that can be held against each other, the oldest first. */
export interface Trend {
  readonly key: string;
  /** What tells them from the others. */
  readonly label: string;
  readonly runs: readonly MeasuredRun[];
}

function isMeasured(row: RunRow): row is MeasuredRun {
  return row.worst !== null && row.set !== null && row.population !== null;
}

/** Runs of one selmix.json on one set with the same classes and samples belong together. The one with the newest run first. */
export function trendsOf(rows: readonly RunRow[]): Trend[] {
  const ordered = rows.filter(isMeasured).toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
  const groups = Map.groupBy(ordered, ({ configuration, set, population }) =>
    JSON.stringify([configuration, set, population]),
  );
  const newest = (runs: readonly MeasuredRun[]) => runs.at(-1)?.startedAt ?? "";
  return [...groups]
    .toSorted(([, a], [, b]) => newest(b).localeCompare(newest(a)))
    .map(([key, runs]) => ({ key, runs, label: labelOf(runs) }));
}

/** "selmix.json, test: 12 runs from 2026-05-01 on" */
function labelOf(runs: readonly MeasuredRun[]): string {
  const [first] = runs;
  if (first === undefined) return "";
  const since = moment(first.startedAt).slice(0, 10);
  return `${first.configuration}, ${first.set}: ${counted(runs.length, "run")} from ${since} on`;
}

const show = (value: number) => percent(value, 1);
const name = metricName("minRecall");

/** The picture of a trend; null of fewer than two runs, which are none. @param others runs that are not in it */
export function trendPicture({ runs }: Trend, others: number): LinesPicture | null {
  const [first, last] = [runs[0], runs.at(-1)];
  if (first === undefined || last === undefined || runs.length < 2) return null;
  const title = `${capital(name)} over the runs (${last.set})`;
  const left =
    others === 0 ? "" : ` ${counted(others, "run")} of other data, or without a result, are left out.`;
  const side = (which: "before" | "after") => runs.map(({ worst }) => worst[which]);
  return new LinesPicture({
    title,
    fileStem: "worst-class-over-runs",
    sentence: `${counted(runs.length, "run")}, the oldest first. The checkpoint of the newest, ${nameOf(last)}, has ${valueText(last.worst.before)}, its tuned head ${valueText(last.worst.after)}.${left}`,
    x: runs.map((_, at) => at),
    xLabel: "checkpoint of the run, the newest last",
    nameX: (at) => runs[at]?.checkpoint ?? "",
    marked: true,
    series: [
      { look: { ...beforeLook, label: "before tuning" }, ...seriesOf(side("before")) },
      { look: { ...afterLook, label: "after tuning" }, ...seriesOf(side("after")) },
    ],
    show,
    include: [],
    chosen: null,
    shaded: { indices: [], label: "" },
    read: (at) => (runs[at] ? reading(runs[at]) : ""),
    table: () => ({
      caption: title,
      columns: [
        { key: "run", label: "Run" },
        { key: "objective", label: "Objective" },
        { key: "before", label: "Before", show },
        { key: "beforeLow", label: "from", show },
        { key: "beforeHigh", label: "to", show },
        { key: "after", label: "After", show },
        { key: "afterLow", label: "from", show },
        { key: "afterHigh", label: "to", show },
        { key: "verdict", label: "Verdict" },
        { key: "when", label: "When" },
      ],
      rows: runs.map((run) => [
        nameOf(run),
        run.objective,
        ...cellsOf(run.worst.before),
        ...cellsOf(run.worst.after),
        run.verdict,
        moment(run.startedAt),
      ]),
    }),
  });
}

function nameOf({ name: given, checkpoint }: RunRow): string {
  return given === "" ? checkpoint : `${given} (${checkpoint})`;
}

function seriesOf(measured: readonly MeasuredValue[]) {
  return {
    values: measured.map(({ value }) => value),
    limits: measured.map(({ low, high }) => (low === null || high === null ? null : { low, high })),
  };
}

function cellsOf({ value, low, high }: MeasuredValue) {
  return [value, low, high];
}

/** "34.0 % (28 to 41 %)" */
function valueText({ value, low, high }: MeasuredValue): string {
  return low === null || high === null ? show(value) : `${show(value)} (${range(low, high)})`;
}

function reading(run: MeasuredRun): string {
  const { worst, objective, verdict, seed, startedAt } = run;
  return `${nameOf(run)}, for ${objective}, seed ${seed}, ${moment(startedAt)}: ${valueText(worst.before)} before, ${valueText(worst.after)} after. ${verdict}. Enter opens it.`;
}
