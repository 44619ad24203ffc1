/** What a run's panel is called, and what it says where there is no run to show. */
import path from "node:path";
import { readRunRecord } from "../../project/readRuns.ts";
import { runCheckpoint } from "../../words/names.ts";
import type { PanelKind } from "../ids.ts";
import type { SweptPoint } from "./sweptPoint.ts";

export const titles: Record<PanelKind, string> = { gain: "Gain", recall: "Recall", compare: "Compare" };

/** "Recall: epoch_12" */
export function titleOf(kind: PanelKind, folder: string | undefined): string {
  const name = titles[kind];
  if (folder === undefined || kind === "compare") return name;
  const run = readRunRecord(folder);
  return `${name}: ${run ? runCheckpoint(run) : path.basename(folder)}`;
}

/** "Recall: point 5 of 20" */
export function pointTabTitle({ at, sweep }: SweptPoint): string {
  return `${titles.recall}: point ${at + 1} of ${sweep.bounds.length}`;
}

export function missingText(kind: PanelKind, runFolders: readonly string[]): string {
  const names = runFolders.map((folder) => path.basename(folder)).join(", ");
  if (names === "") {
    return kind === "compare"
      ? "This panel has lost its runs; choose runs to compare again."
      : "Tune a checkpoint: its run shows here.";
  }
  return kind === "compare"
    ? `Fewer than two of these runs are left: ${names}. Choose runs to compare again.`
    : `The run ${names} was deleted or cannot be read.`;
}
