/** What steered a run: multipliers over time, and the audit of predicted against measured change. Pure. */
import type { RunSnapshot } from "../../protocol/panels.ts";
import type { CycleRecord } from "../../protocol/records.ts";
import { rankCorrelation } from "../../statistics/rankCorrelation.ts";
import { boundText, valueName } from "../../words/constraints.ts";
import { keptPlace } from "../../words/cycles.ts";
import { capital } from "../../words/names.ts";
import { counted, plain, points } from "../../words/numbers.ts";
import { auditSentence } from "../../words/runs.ts";
import { seriesLook } from "../pictures/looks.ts";
import { MultiplesPicture } from "../pictures/multiples.ts";
import { ScatterPicture } from "../pictures/scatter.ts";

/** Multipliers that never get this near to the strongest one of their kind mattered little. */
const mattered = 0.1;
const mostShown = 9;

/** A multiplier: which one, and how far from 0 it gets. */
interface Multiplier {
  readonly kind: "objective" | "constraints";
  readonly index: number;
  readonly peak: number;
}

/** Every multiplier that is ever at work, those that matter most first. */
function multipliers(history: RunSnapshot["history"]): Multiplier[] {
  return (["objective", "constraints"] as const)
    .flatMap((kind) => {
      const peaks: number[] = [];
      for (const { multipliers: now } of history) {
        now[kind].forEach((value, index) => {
          peaks[index] = Math.max(peaks[index] ?? 0, Math.abs(value));
        });
      }
      return peaks.map((peak, index): Multiplier => ({ kind, index, peak }));
    })
    .filter(({ peak }) => peak > 0)
    .toSorted((a, b) => b.peak - a.peak);
}

/** What it belongs to, as the run says; runs of version 1 do not. */
function multiplierName({ run }: RunSnapshot, { kind, index }: Multiplier): string {
  const subject = run.multipliers?.[kind][index];
  if (subject === undefined) return `${kind === "objective" ? "part" : "constraint"} ${index + 1}`;
  if (!("bound" in subject)) return valueName({ ...subject, metric: subject.part });
  return `${valueName(subject)} ${boundText(subject)}`;
}

/** The multipliers that mattered, each over the run; null where the objective has none and no constraint is set. */
export function multipliersPicture(snapshot: RunSnapshot): MultiplesPicture | null {
  const { history, result } = snapshot;
  const all = multipliers(history);
  const strongest = (wanted: Multiplier["kind"]) => all.find(({ kind }) => kind === wanted)?.peak ?? 0;
  const last = history.at(-1);
  const value = (cycle: CycleRecord, { kind, index }: Multiplier) => cycle.multipliers[kind][index] ?? null;
  const kept = keptPlace(snapshot);
  const at = kept < 0 ? history.length - 1 : kept;
  const shown = all
    .filter(({ kind, peak }) => peak >= mattered * strongest(kind))
    .slice(0, mostShown)
    .map((multiplier) => {
      const values = history.map((cycle) => value(cycle, multiplier));
      const now = values[at] ?? 0;
      const told = `at most ${show(multiplier.peak)}, ${show(now)} ${result === null ? "now" : "at the kept head"}`;
      return { name: multiplierName(snapshot, multiplier), values, told };
    });
  const [first] = shown;
  if (first === undefined || last === undefined) return null;
  const title = "Multipliers over the run";
  const left = all.length - shown.length;
  const hidden =
    left === 0 ? "" : ` ${counted(left, "other")} mattered less and stand in the exported table.`;
  return new MultiplesPicture({
    title,
    fileStem: "multipliers",
    sentence: `How hard each recall and each constraint pulls, those that mattered, on the same axes. ${capital(first.name)} pulled hardest, at most ${show(all[0]?.peak ?? 0)}.${hidden}`,
    x: history.map((cycle) => cycle.step),
    xLabel: "training step",
    plots: shown,
    show,
    chosen: result === null || kept < 0 ? null : kept,
    read: (plot, index) => {
      const { name, values } = shown[plot] ?? first;
      return `${capital(name)}, step ${history[index]?.step ?? 0}: ${show(values[index] ?? 0)}${index === kept && result !== null ? ", the kept head" : ""}.`;
    },
    table: () => ({
      caption: title,
      columns: [
        { key: "cycle", label: "Cycle", show: String },
        { key: "step", label: "Step", show: String },
        ...all.map((multiplier, index) => ({
          key: `multiplier${index}`,
          label: multiplierName(snapshot, multiplier),
          show,
        })),
      ],
      rows: history.map((cycle) => [
        cycle.cycle,
        cycle.step,
        ...all.map((multiplier) => value(cycle, multiplier)),
      ]),
    }),
  });
}

function show(number: number): string {
  return plain(number, number !== 0 && Math.abs(number) < 0.1 ? 3 : 2);
}

/** Predicted against measured change of the objective, a point for each cycle; null before the first measured one. */
export function auditPicture(snapshot: RunSnapshot): ScatterPicture | null {
  const cycles = snapshot.history.flatMap((cycle) =>
    cycle.measuredChange === null ? [] : [{ ...cycle, measured: cycle.measuredChange }],
  );
  if (cycles.length === 0) return null;
  const correlation = rankCorrelation(
    cycles.map((cycle) => cycle.predictedChange),
    cycles.map((cycle) => cycle.measured),
  );
  const verdict = auditSentence(correlation, cycles.length);
  const title = "Audit: predicted against measured change";
  const look = { ...seriesLook(0, "cycle"), filled: false };
  return new ScatterPicture({
    title,
    fileStem: "audit",
    sentence: `${verdict} Each point is a cycle: to the right, predicted to help more; further up, helped more.`,
    points: cycles.map((cycle) => ({
      x: 100 * cycle.predictedChange,
      y: 100 * cycle.measured,
      look,
      label: "",
      reading: `Cycle ${cycle.cycle}: predicted ${points(cycle.predictedChange, 2)} points, measured ${points(cycle.measured, 2)}.`,
    })),
    xLabel: "predicted change (points)",
    yLabel: "measured change (points; triangles lie beyond the axes)",
    showX: plain,
    showY: plain,
    zeroLines: true,
    robust: true,
    looks: [],
    table: () => ({
      caption: title,
      columns: [
        { key: "cycle", label: "Cycle", show: String },
        { key: "predicted", label: "Predicted (points)", show: (value) => points(value, 2) },
        { key: "measured", label: "Measured (points)", show: (value) => points(value, 2) },
      ],
      rows: cycles.map((cycle) => [cycle.cycle, cycle.predictedChange, cycle.measured]),
    }),
  });
}
