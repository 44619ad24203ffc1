/** What a job is at. */
import { shortName } from "../metrics/catalogue.ts";
import type { JobProgress } from "../protocol/engine.ts";
import { percent } from "./numbers.ts";

export const phaseNames: Readonly<Record<JobProgress["phase"], string>> = {
  load: "Loading",
  features: "Features",
  tune: "Tuning",
  save: "Saving",
  controls: "Controls",
  install: "Installing",
};

/** What it is at within its phase: "worst class 70.2 %", "comparing with uniform mixup". */
export function progressMessage({ phase, message, reached }: JobProgress): string {
  if (reached) return `${shortName(reached.objective)} ${percent(reached.value, 1)}`;
  return phase === "controls" ? `comparing with ${message}` : message;
}

/** "worst class 70.2 %, step 60 of 3000" */
export function progressText(progress: JobProgress): string {
  const steps = progress.phase === "tune" ? `, step ${progress.step} of ${progress.steps}` : "";
  return `${progressMessage(progress)}${steps}`;
}
