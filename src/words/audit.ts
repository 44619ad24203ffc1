/** What the audit of a run's predictions means (method.md section 6). */
import { counted, signed } from "./numbers.ts";

/** Of the rank correlation between predicted and measured changes over the cycles of a run; null where they are too few. */
export function auditSentence(correlation: number | null, cycles: number): string {
  if (correlation === null) {
    return `${counted(cycles, "cycle")} are too few to say whether changes come as predicted.`;
  }
  const size = `(rank correlation ${signed(correlation, 2)})`;
  if (correlation >= 0.5) return `Cycles that were predicted to help more did help more ${size}.`;
  if (correlation >= 0.2) return `Predicted and measured changes agree loosely ${size}.`;
  const advice = "trust the measured result, not the gain";
  if (correlation > -0.2) return `Predicted changes say little about single cycles here ${size}: ${advice}.`;
  return `Measured changes went against the predictions ${size}: ${advice}.`;
}
