/** How a run came about and stands: its state, what it was for, where it started, what computed, how long it took. */
import { metricName } from "../metrics/catalogue.ts";
import type { BackendRecord, RunRecord, TuneResult } from "../protocol/records.ts";
import { auditSentence } from "./audit.ts";

import { count, plain } from "./numbers.ts";
import { duration, moment } from "./times.ts";

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

/** How the tuned head of a run came about. */
export function provenance({ start, bestStep, steps, audit, backend, seconds }: TuneResult): Fact[] {
  return [
    { lead: "Start", text: startText(start) },
    {
      lead: "Kept",
      text: `step ${bestStep} of ${count(steps)}, the best on validation`,
    },
    { lead: "Audit", text: auditSentence(audit.rankCorrelation, audit.cycles) },
    { lead: "Backend", text: backendText(backend) },
    {
      lead: "Time",
      text: `load ${duration(seconds.load)}, tune ${duration(seconds.tune)}, save ${duration(seconds.save)}, with controls ${duration(seconds.total)}`,
    },
  ];
}
