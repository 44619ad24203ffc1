/** Which cycle of a run is looked at. */
import type { RunSnapshot } from "../protocol/panels.ts";
import type { CycleRecord } from "../protocol/records.ts";

type Cycles = Pick<RunSnapshot, "history" | "result">;

/** The place in the history of the cycle whose head was kept: the run's best step, or the best so far. -1 when there is none. */
export function keptPlace({ history, result }: Cycles): number {
  if (result !== null) {
    const exact = history.findIndex((cycle) => cycle.step === result.bestStep);
    if (exact >= 0) return exact;
  }
  return history.findLastIndex((cycle) => cycle.best);
}

/**
 * The cycle whose gain is looked at first: of a run that has ended that which led to the kept head, or the nearest before it that
 * has its gain kept; of a run at work the newest one. Null where no gain was kept.
 */
export function firstGainCycle(cycles: Cycles): number | null {
  const { history, result } = cycles;
  const withGain = (some: readonly CycleRecord[]) =>
    some.findLast((cycle) => cycle.gainIndex !== null)?.cycle;
  const whole = withGain(history) ?? null;
  if (result === null) return whole;
  const kept = keptPlace(cycles);
  const first = history.find((cycle) => cycle.gainIndex !== null)?.cycle;
  return withGain(history.slice(0, kept + 1)) ?? first ?? null;
}

/**
 * What a gain of 1 comes to in a cycle that is trained on its pair alone: the prediction is of first order, steps times learning rate.
 * Null for a cycle that no steps follow.
 */
export function gainPerCycle(history: readonly CycleRecord[], cycle: number): number | null {
  const at = history.findIndex((each) => each.cycle === cycle);
  const [own, next, before] = [history[at], history[at + 1], history[at - 1]];
  if (own === undefined) return null;
  // Of the newest cycle of a run at work the steps are not known yet: they are as many as before.
  const steps = next !== undefined ? next.step - own.step : own.step - (before?.step ?? own.step);
  return steps > 0 ? steps * own.learningRate : null;
}
