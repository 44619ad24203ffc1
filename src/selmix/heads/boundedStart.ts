/**
 * The start under bounds: how far inside them to stay, and the offsets (and multiples of group scores) that keep them. Training
 * turns that head for the better, and where it finds nothing better, it is the answer.
 */
import type { AnswerMethod } from "../../protocol/records.ts";
import { needsGroups } from "../confusion/objectives.ts";
import { marginsOf } from "../estimates/margins.ts";
import type { Head, Problem } from "../problem.ts";
import { isBetter, type Score, scoreCounts } from "../steering/score.ts";
import { goalOf, type TuneSettings } from "../steering/settings.ts";
import { type Goal, withoutMargins } from "../steering/steering.ts";
import type { Evaluator } from "../validation/evaluator.ts";
import { smoothedScore } from "../validation/selection.ts";
import type { Validation } from "../validation/validation.ts";
import { type GroupScore, groupScores } from "./groupScores.ts";
import { canTuneOffsets } from "./offsets.ts";
import type { Start } from "./start.ts";
import { canBeTunedTogether, tuneBias } from "./tunedBias.ts";

/** Shares of the full margins that are tried, until a head keeps the bounds with them. */
const MARGIN_SHARES = [1, 0.5, 0];

/** A head that others start from: without the offsets that were tuned for its own bounds, and who makes it a head that has some. */
export interface Base {
  readonly head: Head;
  readonly method: AnswerMethod;
}

export interface BoundedStart {
  readonly start: Start;
  /** Whose offsets were tuned where that is neither the checkpoint nor its logit adjustment. */
  readonly base: Base | null;
  /** The start without the offsets and multiples that were tuned for the bounds. */
  readonly origin: Head;
  /** What was tuned with offsets. */
  readonly scores: readonly GroupScore[];
  /** With the margins that the bounds are kept with from here on. */
  readonly settings: TuneSettings;
}

/**
 * What the margins cost: by how much the objective on validation would be higher with offsets (and multiples) that keep the bounds by
 * their values alone; null where there are no margins, or no offsets to tell by.
 */
export async function priceOfMargins(
  problem: Problem,
  { start, origin, scores, settings }: BoundedStart,
  validation: Validation,
  evaluator: Evaluator,
  signal?: AbortSignal,
): Promise<number | null> {
  const { margins } = settings;
  if (start.start.kind !== "tunedBias" || !margins || Math.max(...Array.from(margins)) === 0) return null;
  const goal = withoutMargins(goalOf(settings));
  const { counts } = await validation.look(start.head, 0);
  const kept = scoreCounts(counts, problem.buckets, problem.classes, goal);
  const { score } = await tuneBias(problem, origin, goal, evaluator, scores, signal);
  return score.violation > 0 ? null : Math.max(0, score.value - kept.value);
}

/**
 * @param chosen the start without offsets tuned for the bounds
 * @param bases heads beside it that offsets are tuned for
 */
export async function boundedStart(
  problem: Problem,
  settings: TuneSettings,
  chosen: Start,
  bases: readonly Base[],
  validation: Validation,
  evaluator: Evaluator,
  signal?: AbortSignal,
): Promise<BoundedStart> {
  const origin = chosen.head;
  if (settings.constraints.length === 0) return { start: chosen, base: null, origin, scores: [], settings };
  const look = await validation.look(chosen.head, chosen.spread);
  const full = marginsOf(look, problem, goalOf(settings));
  const scores = groupScoresFor(problem, goalOf(settings));
  let best: BoundedStart = { start: chosen, base: null, origin, scores, settings };
  for (const share of settings.margin === 0 ? [0] : MARGIN_SHARES) {
    const inside = { ...settings, margins: full.map((margin) => share * margin) };
    const begun = { chosen, bases, scores };
    const { score, ...found } = await startWithin(problem, inside, begun, validation, evaluator, signal);
    best = { ...found, scores, settings: inside };
    if (score.violation === 0) break;
  }
  return best;
}

/** The best of the start as it is and, where it may be changed, what offsets make of it, of the checkpoint and of further heads. */
async function startWithin(
  problem: Problem,
  settings: TuneSettings,
  { chosen, bases, scores }: { chosen: Start; bases: readonly Base[]; scores: readonly GroupScore[] },
  validation: Validation,
  evaluator: Evaluator,
  signal?: AbortSignal,
): Promise<Pick<BoundedStart, "start" | "base" | "origin"> & { readonly score: Score }> {
  const goal = goalOf(settings);
  const scoreOf = async (head: Head) =>
    smoothedScore(await validation.look(head, chosen.spread), problem, goal);
  const { head: adjusted } = chosen;
  let best = {
    ...{ start: chosen, base: null as Base | null, origin: adjusted },
    score: await scoreOf(adjusted),
  };
  if (settings.start !== "best" || !canTuneOffsets(problem)) return best;
  const untrained = adjusted === problem.head ? [adjusted] : [problem.head, adjusted];
  for (const base of [...untrained.map((head) => ({ head, method: null })), ...bases]) {
    const { head: origin, method } = base;
    const { head } = await tuneBias(problem, origin, goal, evaluator, scores, signal);
    const score = await scoreOf(head);
    if (!isBetter(score, best.score)) continue;
    const why = "offsets tuned on validation keep the bounds";
    const start = { kind: "tunedBias", tau: origin === adjusted ? chosen.start.tau : 0, why } as const;
    best = {
      ...{ start: { ...chosen, head, start }, base: method && { head: origin, method } },
      ...{ origin, score },
    };
  }
  return best;
}

/** Scores that offsets are tuned with: among rows of the same label where a bound compares recalls or false positives, of each where both. */
export function groupScoresFor(problem: Problem, { constraints }: Goal): GroupScore[] {
  const between = constraints.filter(({ metric }) => needsGroups(metric));
  if (between.length === 0) return [];
  if (between.every(({ metric }) => metric.startsWith("coverage"))) return groupScores(problem, "all");
  const each = between.some(({ metric }) => metric === "equalizedOddsDifference")
    ? groupScores(problem, "eachLabel")
    : [];
  return canBeTunedTogether(problem, each.length) ? each : groupScores(problem, "sameLabel");
}
