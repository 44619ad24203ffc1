/** Settings of fine-tuning the whole network, and what it does when. */
import type { Stretch } from "../schedule.ts";
import type { TuneSettings } from "../settings.ts";
import type { Augmentation } from "./augment.ts";
import type { WholeProblem } from "./backbone.ts";

export interface WholeSettings extends TuneSettings {
  /** Of the backbone, in units of the head's learning rate. */
  readonly backboneRate: number;
  readonly augment: readonly Augmentation[];
}

export const defaultBackboneRate = 10;

/** Share of the pairs that the backbone learns from which are drawn evenly, whatever the policy says. */
export const EVEN_SHARE = 0.5;
/** How far the averaged weights follow in a step: they are what is measured and kept while the backbone moves. */
export const FOLLOWING = 0.02;

/**
 * All steps for the head, just as when it is trained alone; then half as many for head and backbone, and a quarter as many
 * for the head again.
 */
export function stretchesOf({ steps }: WholeSettings): { head: Stretch; both: Stretch; last: Stretch } {
  const both = { from: steps, to: steps + Math.ceil(steps / 2) };
  return { head: { from: 0, to: steps }, both, last: { from: both.to, to: both.to + Math.ceil(steps / 4) } };
}

/**
 * The most that a step may move the backbone, as a share of the norm of its weights; falls with the rate. The head's rate
 * suits any scale of features, but a network with small features or a steep loss would blow up under a multiple of it.
 */
export const STEP_LIMIT = 0.02;

const SHORTEST_CYCLE = 10;
const FEWEST_CYCLES = 40;
/** A look costs at most this share of the steps that follow it: a fifth of the time. */
const LOOKING_SHARE = 0.25;
/** A step forward and back takes this many times a step forward. */
const BACKWARD = 3;

/**
 * Steps between two looks while the backbone moves, where each look runs validation (and unlabelled samples) through the
 * network. Counted in samples, not measured, so that the same seed gives the same network on any machine.
 */
export function wholeCycleLength({ samples }: WholeProblem, settings: WholeSettings): number {
  if (settings.cycle !== null) return settings.cycle;
  const look = samples.validation.count + (samples.unlabeled?.count ?? 0);
  const step = BACKWARD * 2 * settings.batchSize;
  const longest = Math.max(SHORTEST_CYCLE, Math.floor(settings.steps / FEWEST_CYCLES));
  return Math.min(longest, Math.max(SHORTEST_CYCLE, Math.ceil(look / (LOOKING_SHARE * step))));
}
