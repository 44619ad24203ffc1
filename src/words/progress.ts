/** What a job is at. */
import type { JobProgress } from "../protocol/engine.ts";
import { objectiveNames } from "./metricNames.ts";

export const phaseNames: Readonly<Record<JobProgress["phase"], string>> = {
  load: "Loading",
  features: "Features",
  tune: "Tuning",
  save: "Saving",
  controls: "Controls",
  install: "Installing",
};

/** What it is at within its phase: "worst class 70.2 %", "comparing with uniform mixup". */
export function progressMessage({ phase, message }: JobProgress): string {
  if (phase === "controls") return `comparing with ${message}`;
  if (phase !== "tune") return message;
  const [metric = "", ...rest] = message.split(" ");
  const known = Object.entries(objectiveNames).find(([id]) => id === metric);
  return known ? [known[1], ...rest].join(" ") : message;
}

/** "worst class 70.2 %, step 60 of 3000" */
export function progressText(progress: JobProgress): string {
  const steps = progress.phase === "tune" ? `, step ${progress.step} of ${progress.steps}` : "";
  return `${progressMessage(progress)}${steps}`;
}
