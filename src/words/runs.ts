/** How a run stands and how it came about: what it is at, what it was for, where it started, what computed, how long it took. */
import { metricName, shortName } from "../metrics/catalogue.ts";
import type { JobProgress } from "../protocol/engine.ts";
import type { BackendRecord, RunRecord, TuneResult } from "../protocol/records.ts";
import { valueText } from "./metricValues.ts";
import { count, counted, duration, moment, plain, signed } from "./numbers.ts";
import { groupTableText, priorText } from "./population.ts";
import { probabilitiesText } from "./probabilities.ts";

export const phaseNames: Readonly<Record<JobProgress["phase"], string>> = {
  load: "Loading",
  features: "Features",
  tune: "Tuning",
  save: "Saving",
  controls: "Controls",
  install: "Installing",
  grid: "Grid",
};

/** What it is at within its phase: "worst class 70.2 %", "comparing with uniform mixup". */
export function progressMessage({ phase, message, reached }: JobProgress): string {
  if (reached) return `${shortName(reached.objective)} ${valueText(reached.objective, reached.value)}`;
  return phase === "controls" ? `comparing with ${message}` : message;
}

/** "worst class 70.2 %, step 60 of 3000"; of a grid "tuning, 1 at once, 3 of 24 done" */
export function progressText(progress: JobProgress): string {
  const { phase, step, steps } = progress;
  const far = { tune: `, step ${step} of ${steps}`, grid: `, ${step} of ${steps} done` };
  return `${progressMessage(progress)}${phase === "tune" || phase === "grid" ? far[phase] : ""}`;
}

/** Of the rank correlation between predicted and measured changes over the cycles of a run; null where they are too few. */
export function auditSentence(correlation: number | null, cycles: number): string {
  if (correlation === null) {
    return `${counted(cycles, "cycle")} ${cycles === 1 ? "is" : "are"} too few to say whether changes come as predicted.`;
  }
  const size = `(rank correlation ${signed(correlation, 2)})`;
  if (correlation >= 0.5) return `Cycles that were predicted to help more did help more ${size}.`;
  if (correlation >= 0.2) return `Predicted and measured changes agree loosely ${size}.`;
  const advice = "trust the measured result, not the gain";
  if (correlation > -0.2) return `Predicted changes say little about single cycles here ${size}: ${advice}.`;
  return `Measured changes went against the predictions ${size}: ${advice}.`;
}

export const stateNames: Readonly<Record<RunRecord["state"], string>> = {
  running: "running",
  done: "done",
  failed: "failed",
  cancelled: "stopped",
};

/** What computed, and why that: "wasm on cpu (the fastest here)"; without the reason where there is no room for it. */
export function backendText({ name, device, why }: BackendRecord, room: "narrow" | "wide" = "wide"): string {
  return `${name} on ${device}${room === "wide" ? ` (${why.replace(/\.$/, "")})` : ""}`;
}

/** What is to be said of a run without a result: what it was for, with which seed, and who started it. */
export function purposeText({ objective, seed, trigger, startedAt }: RunRecord): string {
  return `for ${metricName(objective)} on validation, seed ${seed}, started ${triggerText(trigger)} at ${moment(startedAt)}`;
}

export function triggerText(trigger: RunRecord["trigger"]): string {
  return trigger === "save" ? "because a checkpoint was saved" : "by a person";
}

/** The head that training started from, and why that. */
export function startText({ kind, tau, why }: TuneResult["start"]): string {
  const start = kind === "checkpoint" ? "the checkpoint's head" : `logit adjustment, tau ${plain(tau, 2)}`;
  return `${start} (${why})`;
}

/** A fact about a run, under a word for it. */
export interface Fact {
  readonly lead: string;
  readonly text: string;
}

/** How the tuned head of a run came about, whom its numbers are about, and what its probabilities are worth. */
export function provenance(result: TuneResult): Fact[] {
  const { start, bestStep, steps, audit, backend, seconds, prior, probabilities, groupTable } = result;
  const population = priorText(prior);
  return [
    ...(population === null ? [] : [{ lead: "Population", text: population }]),
    ...(probabilities ? [{ lead: "Probability", text: probabilitiesText(probabilities) }] : []),
    { lead: "Start", text: startText(start) },
    {
      lead: "Kept",
      text: `step ${bestStep} of ${count(steps)}, the best on validation`,
    },
    ...(groupTable === undefined ? [] : [{ lead: "Groups", text: groupTableText(groupTable) }]),
    { lead: "Audit", text: auditSentence(audit.rankCorrelation, audit.cycles) },
    { lead: "Backend", text: backendText(backend) },
    {
      lead: "Time",
      text: `load ${duration(seconds.load)}, tune ${duration(seconds.tune)}, save ${duration(seconds.save)}, with controls ${duration(seconds.total)}`,
    },
  ];
}
