/** Heads that keep their bounds further inside, at some cost: the frontier that a proof chooses from. */

import { unweighted } from "../confusion/population.ts";
import { talliesFromCounts } from "../confusion/tallies.ts";
import { errorsOf } from "../estimates/margins.ts";
import type { Head, Problem } from "../problem.ts";
import { leastPredictions } from "../steering/score.ts";
import { goalOf, type TuneSettings } from "../steering/settings.ts";
import type { Compute } from "../validation/evaluator.ts";
import { Validation } from "../validation/validation.ts";
import { groupScoresFor } from "./boundedStart.ts";
import { inConditionedCoordinates } from "./conditioning.ts";
import { crossFittedOffsets, type FittedHead } from "./crossFit.ts";
import { canTuneOffsets } from "./offsets.ts";
import { tuneBias } from "./tunedBias.ts";

/** The most of what a bound allows that a margin may take. */
const MOST_ROOM = 0.9;

/**
 * The head with offsets (and multiples of group scores) tuned so that every bound is kept with so many standard errors to spare on
 * validation; one for each of `errors`, each from the one before. None where offsets cannot be tuned.
 */
export async function saferHeads(
  problem: Problem,
  settings: TuneSettings,
  from: Head,
  errors: readonly number[],
  compute: Compute,
  signal?: AbortSignal,
): Promise<FittedHead[]> {
  if (!canTuneOffsets(problem) || settings.constraints.length === 0) return [];
  const { problem: conditioned, original } = inConditionedCoordinates({ ...problem, head: from });
  const checkpoint = new Validation(problem, compute);
  const validation = new Validation(conditioned, compute);
  try {
    const { counts } = await checkpoint.look(problem.head, 0);
    const rows = unweighted(problem.buckets);
    const leastPredicted = leastPredictions(talliesFromCounts(counts, rows, problem.classes));
    const goal = { ...goalOf({ ...settings, margins: undefined }), leastPredicted };
    const spread = await validation.spread(conditioned.head);
    const slacks = errorsOf(await validation.look(conditioned.head, spread), conditioned, goal);
    const scores = groupScoresFor(conditioned, goal);
    const safer: FittedHead[] = [];
    let base = conditioned.head;
    for (const many of errors) {
      const margins = Float64Array.from(slacks, ({ error, room }) =>
        Math.min(many * error, MOST_ROOM * room),
      );
      const inside = { ...goal, margins };
      const { head } = await tuneBias(conditioned, base, inside, compute, scores, signal);
      const tuning = { base, goal: inside, scores, bagged: false };
      safer.push({
        head: original(head),
        crossFit: () => crossFittedOffsets(conditioned, tuning, compute, settings.seed, signal),
      });
      base = head;
    }
    return safer;
  } finally {
    checkpoint.dispose();
    validation.dispose();
  }
}
