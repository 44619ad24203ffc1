/** Two to six runs, each with a letter and a look of its own. Pure. */
import { metricName } from "../../metrics/catalogue.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import { runCheckpoint, shortened } from "../../words/names.ts";
import type { Look } from "../pictures/legend.ts";
import { seriesLook } from "../pictures/looks.ts";
import type { Column } from "../shared/picture.ts";

/** Letters of a checkpoint in a legend: behind them stands what sets runs of it apart. */
const mostLetters = 28;

/** A run as it is told apart from the others. */
export interface NamedRun {
  readonly letter: string;
  readonly look: Look;
  readonly snapshot: RunSnapshot;
}

/** Gives the runs letters, in the order they came. */
export function nameRuns(snapshots: readonly RunSnapshot[]): NamedRun[] {
  return snapshots.map((snapshot, index) => {
    const letter = String.fromCharCode(65 + index);
    const checkpoint = shortened(runCheckpoint(snapshot.run), mostLetters);
    const name = `${letter}: ${checkpoint}, ${metricName(snapshot.run.objective)}, seed ${snapshot.run.seed}`;
    return { letter, look: seriesLook(index, name), snapshot };
  });
}

/** The column of a run in a table, with the mark that it has in pictures. */
export function runColumn({ letter, look }: NamedRun): Column {
  return { key: letter, label: letter, look: { paint: look.paint, shape: look.shape } };
}
