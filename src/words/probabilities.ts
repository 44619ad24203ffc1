/** What is said of the probabilities of a head. */
import type { ProbabilityRecord } from "../protocol/records.ts";
import { fromTo, plain } from "./numbers.ts";

/** Log-loss and calibration error before and after, on test where there is one; and the temperature that was folded in. */
export function probabilitiesText({ temperature, validation, test }: ProbabilityRecord): string {
  const { before, after } = test ?? validation;
  const loss = `log-loss ${plain(before.logLoss, 3)}\u00a0→\u00a0${plain(after.logLoss, 3)}`;
  const error = `calibration error (ECE) ${fromTo(before.calibrationError, after.calibrationError, 1)}`;
  const told = `${loss}, ${error} on ${test ? "test" : "validation"}`;
  return temperature === null
    ? told
    : `${told}; temperature ${plain(temperature, 3)} is folded in, predictions are the same`;
}
