/** What is said where a person takes the head of a run into use, or discards it. */
import type { DiscardResult } from "../protocol/engine.ts";
import type { RunRecord, VerdictRecord } from "../protocol/records.ts";
import type { RunAction } from "../protocol/tuning.ts";
import { baselineName } from "./verdict.ts";

type Kept = Pick<VerdictRecord, "baseline" | "closest">;

/** Whether a verdict is for the head that its run kept. */
export function isAdvised({ decision }: Pick<VerdictRecord, "decision">): boolean {
  return decision === "use" || decision === "useBaseline";
}

/** Whether a run kept another head than the checkpoint's own, which can be used. */
export function keepsHead({ reason, closest }: Pick<VerdictRecord, "reason" | "closest">): boolean {
  return closest !== null || !["nothingFeasible", "onlyCheckpoint", "nothingBetter"].includes(reason);
}

const report = { action: "saveReport", label: "Save report…" } as const;

/** What can be done next with the head of a run: take it into use, or where it is in its place, see it and take it back. */
export function nextSteps(
  inPlace: boolean,
  verdict: VerdictRecord | undefined,
): { readonly action: RunAction; readonly label: string }[] {
  if (inPlace)
    return [
      { action: "revealOutput", label: "Reveal" },
      { action: "copyLoadingSnippet", label: "Copy loading snippet" },
      report,
      { action: "discardRun", label: "Discard" },
    ];
  if (!verdict || !keepsHead(verdict)) return [report];
  const { baseline } = keptHead(verdict);
  const what = baseline === null ? "it" : baselineName(baseline);
  return [{ action: "useRun", label: isAdvised(verdict) ? `Use ${what}` : `Use ${what} anyway…` }, report];
}

/** Which head a run kept: the one that its verdict is about, or the one that comes closest. `baseline` is null for the trained one. */
export function keptHead({ baseline, closest }: Kept): { baseline: string | null } {
  return { baseline: closest === null ? baseline : closest.baseline };
}

/** "the trained head" */
export function keptHeadText(verdict: Kept): string {
  const { baseline } = keptHead(verdict);
  const head = baseline === null ? "the trained head" : `the head of ${baselineName(baseline)}`;
  return verdict.closest === null ? head : `${head}, which comes closest to the bounds`;
}

/** What the verdict says against the head that was kept; null where it is for it. */
export function adviceText(verdict: Pick<VerdictRecord, "decision" | "sentence">): string | null {
  return isAdvised(verdict) ? null : `The verdict advises against it: ${verdict.sentence}`;
}

/** What was written, and what the verdict says against it. */
export function usedText({
  run,
  output,
  verdict,
}: {
  readonly run: string;
  readonly output: string;
  readonly verdict: VerdictRecord;
}): string {
  const written = `Wrote ${output}: ${keptHeadText(verdict)}, of ${run}.`;
  return [written, adviceText(verdict)].filter((part) => part !== null).join(" ");
}

type Standing = Pick<RunRecord, "copies" | "discardedAt" | "configurationPath">;

/** What became of a run after its end: "written to tuned/model.pt", "discarded"; empty where it wrote nothing. */
export function standingText({ copies = [], discardedAt, configurationPath }: Standing): string {
  if (discardedAt !== undefined) return "discarded";
  const places = copies.map(({ output }) => besideText(output, configurationPath));
  return places.length === 0 ? "" : `written to ${places.join(" and ")}`;
}

/** A path from the folder of the configuration, where it lies within. */
function besideText(file: string, configurationPath: string): string {
  const folder = configurationPath.replace(/[^\\/]*$/, "");
  return folder !== "" && file.startsWith(folder) ? file.slice(folder.length) : file;
}

/** Whether the head of a run lies in its place: no other run wrote there since. */
export function isInPlace({ copies = [], discardedAt }: Standing, others: readonly Standing[]): boolean {
  if (discardedAt !== undefined || copies.length === 0) return false;
  const isLater = (output: string, at: string) =>
    others.some(({ copies: theirs = [] }) => theirs.some((copy) => copy.output === output && copy.at > at));
  return copies.every(({ output, at }) => !isLater(output, at));
}

/** What became of the copies of a run that was discarded. */
export function discardedText(run: string, copies: DiscardResult["copies"]): string {
  const parts = copies.map(({ output, now, restored }) => {
    const texts: Record<typeof now, string> = {
      restored: `is that of ${lastPart(restored ?? "")} again`,
      removed: "was removed",
      left: "is left, for it is not what this run wrote",
      gone: "was gone already",
    };
    return `${output} ${texts[now]}`;
  });
  const what = parts.length === 0 ? "it had written nothing" : parts.join("; ");
  return `Discarded ${run}: ${what}.`;
}

function lastPart(folder: string): string {
  return folder.split(/[\\/]/).at(-1) ?? folder;
}
