/** Settings of fine-tuning the whole network, and what it does when. */
import type { ScheduleSegment } from "../schedule.ts";
import type { TuneSettings } from "../steering/settings.ts";
import type { Augmentation } from "./augment.ts";
import type { WholeProblem } from "./backbone.ts";

export interface WholeSettings extends TuneSettings {
  /** Of AdamW, for the backbone and the head above it. */
  readonly backboneRate: number;
  readonly augment: readonly Augmentation[];
}

export const defaultBackboneRate = 0.001;

/** How far the averaged weights follow in a step: they are what is measured and kept while the backbone moves (docs/method.md, eq. (57)). */
export const FOLLOWING = 0.02;

/**
 * All steps for the head, just as when it is trained alone; then five eighths as many for the whole network, and a quarter
 * as many for the head again.
 */
export function stretchesOf({ steps }: WholeSettings): {
  head: ScheduleSegment;
  whole: ScheduleSegment;
  last: ScheduleSegment;
} {
  const whole = { from: steps, to: steps + Math.ceil((5 * steps) / 8) };
  return {
    head: { from: 0, to: steps },
    whole,
    last: { from: whole.to, to: whole.to + Math.ceil(steps / 4) },
  };
}

/** Images in a step of the whole network: as many as there are in the head's pairs. */
export function imagesInStep({ batchSize }: WholeSettings): number {
  return 2 * batchSize;
}

const SHORTEST_CYCLE = 10;
const FEWEST_CYCLES = 40;
/** A look costs at most this share of the steps that follow it: a fifth of the time. */
const LOOKING_SHARE = 0.25;
/** A step forward and back takes this many times a step forward. */
const BACKWARD = 3;

/**
 * Steps between two looks while the backbone moves, where each look runs validation through the network. Counted in
 * samples, not measured, so that the same seed gives the same network on any machine.
 */
export function wholeCycleLength({ samples }: WholeProblem, settings: WholeSettings): number {
  if (settings.cycle !== null) return settings.cycle;
  const step = BACKWARD * imagesInStep(settings) * (samples.unlabeled === undefined ? 1 : 2);
  const longest = Math.max(SHORTEST_CYCLE, Math.floor(settings.steps / FEWEST_CYCLES));
  const wanted = Math.ceil(samples.validation.count / (LOOKING_SHARE * step));
  return Math.min(longest, Math.max(SHORTEST_CYCLE, wanted));
}
