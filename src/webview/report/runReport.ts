/** What a report of a run consists of, whatever it is written as. Pure. */
import { metricName } from "../../metrics/catalogue.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import { compare, compareCycles } from "../../words/comparison.ts";
import { firstGainCycle } from "../../words/cycles.ts";
import { type FlatMetrics, flatResult } from "../../words/flatMetrics.ts";
import { type Headline, headline } from "../../words/headline.ts";
import { baseName, runCheckpoint } from "../../words/names.ts";
import { withoutPlaces } from "../../words/portable.ts";
import type { Split } from "../../words/sets.ts";
import { confusionPicture } from "../model/confusion.ts";
import { coveragePicture } from "../model/coverage.ts";
import { type GroupFrame, groupFrame } from "../model/groupFrame.ts";
import { groupsSentence, groupsTable } from "../model/groupTable.ts";
import { controlsPicture, metricsPicture } from "../model/methods.ts";
import { notes } from "../model/notes.ts";
import { pairsPicture } from "../model/pairs.ts";
import { objectivePicture } from "../model/progress.ts";
import { recallPicture } from "../model/recall.ts";
import { auditPicture, multipliersPicture } from "../model/steering.ts";
import { MatrixView } from "../pictures/matrixView.ts";
import { type Picture, tableRecords } from "../shared/picture.ts";
import type { GainMatrices } from "../shared/runStore.ts";

export interface Report {
  /** The name of the run's folder. */
  readonly run: string;
  readonly title: string;
  readonly subtitle: string;
  readonly headline: Headline;
  readonly pictures: readonly Picture[];
  /** Null where the run has no groups. */
  readonly groups: GroupFrame | null;
  readonly notes: readonly string[];
  readonly metrics: FlatMetrics;
}

/** The report of a run with a result; null without one. @param gain of `firstGainCycle`, where it could be read */
export function runReport(snapshot: RunSnapshot, split: Split, gain: GainMatrices | null): Report | null {
  const comparison = compare(snapshot, split);
  const summary = headline(snapshot, split);
  const { result, run } = snapshot;
  if (result === null || comparison === null || summary === null) return null;
  const steered = compareCycles(snapshot);
  const pairs = (kind: "gain" | "policy") =>
    gain === null || steered === null
      ? null
      : pairsPicture(snapshot, gain, steered, kind, "worstBefore", new MatrixView(), false);
  const pictures: (Picture | null)[] = [
    recallPicture(comparison, "worstBefore"),
    metricsPicture(comparison, run.objective),
    controlsPicture(result, comparison.split, run.objective),
    coveragePicture(snapshot, comparison, "worstBefore"),
    confusionPicture(snapshot, comparison, "difference", "worstBefore", new MatrixView(), false),
    objectivePicture(snapshot),
    pairs("gain"),
    pairs("policy"),
    auditPicture(snapshot),
    multipliersPicture(snapshot),
  ];
  const portable = withoutPlaces(snapshot);
  return {
    run: baseName(snapshot.runFolder),
    title: `SelMix report: ${runCheckpoint(run)}`,
    subtitle: `Tuned for ${metricName(run.objective)}, seed ${run.seed}, ${run.startedAt}`,
    headline: { ...summary, cautions: summary.cautions.map(portable) },
    pictures: pictures.filter((picture) => picture !== null),
    groups: groupFrame(snapshot, split, null),
    notes: notes(snapshot).map(portable),
    metrics: flatResult(result),
  };
}

/** The report of a run as it lies on disk, with the gains of its kept head; null of one without a result. */
export function wholeReport(
  snapshot: RunSnapshot,
  readGain: (runFolder: string, index: number, buckets: number) => Omit<GainMatrices, "cycle"> | null,
): Report | null {
  const cycle = firstGainCycle(snapshot);
  const index = snapshot.history.find((one) => one.cycle === cycle)?.gainIndex ?? null;
  const matrices = index === null ? null : readGain(snapshot.runFolder, index, snapshot.run.buckets.length);
  return runReport(snapshot, "test", matrices && cycle !== null ? { cycle, ...matrices } : null);
}

/** The report for programs: what it says, and every table with raw numbers. */
export function reportRecord({
  run,
  title,
  headline: summary,
  metrics,
  pictures,
  groups,
  notes: lines,
}: Report) {
  const { claim, tone, meaning, answers, cautions } = summary;
  const tables = pictures.map((picture) => ({
    ...{ title: picture.title, sentence: picture.sentence },
    rows: tableRecords(picture.table()),
  }));
  const ofGroups = groups && {
    ...{ title: "Groups", sentence: groupsSentence(groups) },
    rows: tableRecords(groupsTable(groups)),
  };
  return {
    ...{ run, title, verdict: claim, tone, meaning, answers, cautions, metrics },
    tables: [...tables, ...(ofGroups ? [ofGroups] : [])],
    notes: lines,
  };
}
