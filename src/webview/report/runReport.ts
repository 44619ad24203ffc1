/** Gathers the pictures of a run into the report, drawn for paper: light, whatever theme the editor has. */
import { metricName } from "../../metrics/catalogue.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import { compare, compareCycles } from "../../words/comparison.ts";
import type { Html } from "../../words/escape/sinks.ts";
import { headline } from "../../words/headline.ts";
import { runCheckpoint } from "../../words/names.ts";
import type { Split } from "../../words/sets.ts";
import { confusionPicture } from "../model/confusion.ts";
import { coveragePicture } from "../model/coverage.ts";
import { controlsPicture, metricsPicture } from "../model/methods.ts";
import { notes } from "../model/notes.ts";
import { pairsPicture } from "../model/pairs.ts";
import { objectivePicture } from "../model/progress.ts";
import { recallPicture } from "../model/recall.ts";
import { auditPicture, multipliersPicture } from "../model/steering.ts";
import { MatrixView } from "../pictures/matrixView.ts";
import { makePalette } from "../shared/palette.ts";
import type { Picture } from "../shared/picture.ts";
import type { GainMatrices } from "../shared/runStore.ts";
import { reportHtml } from "./page.ts";

/** Ink on paper; the names are those of theme variables. */
const paper: Readonly<Record<string, string>> = {
  "editor-background": "#ffffff",
  "editor-foreground": "#1f1f1f",
  descriptionForeground: "#5a5a5a",
  "charts-blue": "#1a66d6",
  "charts-orange": "#c2620a",
  "charts-green": "#2f7d32",
  "charts-red": "#c62828",
  "charts-purple": "#6d3fa8",
  "charts-yellow": "#9a7400",
  "editorWarning-foreground": "#a86b00",
  "font-family": "system-ui, sans-serif",
  "font-size": "13px",
};
export const paperPalette = makePalette("light", (name) => paper[name] ?? "");

/** The report of a run with a result; null without one. `draw` writes a picture as SVG. */
export function runReport(
  snapshot: RunSnapshot,
  split: Split,
  gain: GainMatrices | null,
  draw: (picture: Picture) => Html,
  madeAt: string,
): Html | null {
  const comparison = compare(snapshot, split);
  const summary = headline(snapshot, split);
  const { result, run } = snapshot;
  const steered = compareCycles(snapshot);
  if (result === null || comparison === null || summary === null) return null;
  const pictures: (Picture | null)[] = [
    recallPicture(comparison, "worstBefore"),
    metricsPicture(comparison, run.objective),
    controlsPicture(result, comparison.split, run.objective),
    coveragePicture(snapshot, comparison, "worstBefore"),
    confusionPicture(snapshot, comparison, "difference", "worstBefore", new MatrixView(), false),
    objectivePicture(snapshot),
    gain === null || steered === null
      ? null
      : pairsPicture(snapshot, gain, steered, "gain", "worstBefore", new MatrixView(), false),
    gain === null || steered === null
      ? null
      : pairsPicture(snapshot, gain, steered, "policy", "worstBefore", new MatrixView(), false),
    auditPicture(snapshot),
    multipliersPicture(snapshot),
  ];
  return reportHtml({
    title: `SelMix report: ${runCheckpoint(run)}`,
    subtitle: `Tuned for ${metricName(run.objective)}, seed ${run.seed}, ${run.startedAt}`,
    headline: summary,
    parts: pictures
      .filter((picture) => picture !== null)
      .map((picture) => ({
        title: picture.title,
        sentence: picture.sentence,
        svg: draw(picture),
        table: picture.table(),
      })),
    notes: notes(snapshot),
    madeAt,
  });
}
