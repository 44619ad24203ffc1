/** Which head answers to each bound: of all heads of the sweep that keep it, the best in the objective on validation. */
import type { StartRecord } from "../../protocol/records.ts";
import type { SweptBound } from "../../protocol/sweep.ts";
import type { MeasuredHead } from "../measure/measured.ts";
import type { Prepared } from "../problem/prepare.ts";
import { simplest } from "../run/judgeRun.ts";
import type { MeasuredCandidate } from "../verdict/candidates.ts";
import { isAhead, standingOf } from "../verdict/decision.ts";
import { type Settled, settle } from "../verdict/settle.ts";
import { verdictsOf } from "../verdict/verdicts.ts";
import { under } from "./swept.ts";

/** A head of the sweep, and how it came about. */
export interface Found extends MeasuredCandidate {
  readonly start: StartRecord;
  /** Steps after which it stood, of how many. */
  readonly bestStep: number;
  readonly steps: number;
}

/** A bound with the heads that were tuned for it. */
export interface TunedBound {
  readonly bound: number;
  readonly found: readonly Found[];
}

/** How heads stand to bounds, each looked at once. */
export type Standings = Map<MeasuredHead, Map<number, Found["constraints"]>>;

/** What answers are chosen among. */
export interface Heads {
  readonly checkpoint: Found;
  /** Heads of no bound. */
  readonly others: readonly Found[];
  readonly tuned: readonly TunedBound[];
  /** Filled on the way. */
  readonly known: Standings;
}

/**
 * The answer to each bound, from the loosest to the strictest. A head that keeps a bound keeps every looser one, and one that does not
 * keeps no stricter one: so the heads are gone through once, the best first, and the best that is left never gets better. Where none is
 * left that is said to keep the bound, it is the best of those that may, and then the one that kept it longest.
 */
export function answersOf(
  prepared: Prepared,
  swept: SweptBound,
  { checkpoint, others, tuned, known }: Heads,
): Settled<Found>[] {
  const all = [...others, ...tuned.flatMap(({ found }) => found)].filter(({ givesUp }) => !givesUp);
  const keeping = all.toSorted((a, b) => b.value - a.value);
  const open = [...keeping];
  let longest: Found[] = [];
  return tuned.map(({ bound, found }) => {
    const point = under(prepared, swept, bound);
    const judge = (head: Found) => judgedBy(point, bound, head, known);
    while (keeping[0] !== undefined && !keeps(judge(keeping[0]))) keeping.shift();
    const missed: Found[] = [];
    for (; open[0] !== undefined && standingOf(judge(open[0])) === "missed"; open.shift())
      missed.push(open[0]);
    if (missed.length > 0) longest = missed;
    const heads = [...keeping.slice(0, 1), ...open.slice(0, 1), ...longest, ...found];
    return answerAmong(point, judge(checkpoint), [...new Set(heads)].map(judge));
  });
}

/** Whether a head keeps every bound that it was judged by, as far as validation can say. */
export function keeps(head: Found): boolean {
  const standing = standingOf(head);
  return standing === "holds" || standing === "proved";
}

/** The verdict under a bound, as of a tune that ended with these heads. */
function answerAmong(point: Prepared, checkpoint: Found, heads: readonly Found[]): Settled<Found> {
  const baselines = heads
    .filter(({ baseline }) => baseline !== null)
    .toSorted((a, b) => simplest.indexOf(a.baseline) - simplest.indexOf(b.baseline));
  const trained = heads.filter(({ baseline }) => baseline === null);
  const best = trained.reduce<Found | null>(
    (kept, next) => (kept === null || isAhead(next, kept) ? next : kept),
    null,
  );
  const tuned = best !== null && isAhead(best, checkpoint) ? best : null;
  return settle(point, { checkpoint, baselines, tuned });
}

/** A head as it stands to the bounds of a point. */
function judgedBy(point: Prepared, bound: number, head: Found, known: Standings): Found {
  const byBound = known.get(head.measured) ?? new Map<number, Found["constraints"]>();
  known.set(head.measured, byBound);
  const constraints = byBound.get(bound) ?? standingUnder(point, head);
  byBound.set(bound, constraints);
  return { ...head, constraints };
}

/**
 * Where proofs are asked for, nothing is proved here: the rows that prove are not looked at, for to look at them for every point would
 * be as many looks.
 */
function standingUnder(point: Prepared, head: Found): Found["constraints"] {
  const constraints = verdictsOf(point, head.measured);
  if (point.proof === null) return constraints;
  return constraints.map((verdict) =>
    verdict.status === "holds" ? { ...verdict, status: "notProved", satisfied: false } : verdict,
  );
}
