/**
 * The verdict on a run, as a pure function: which head it is about, and whether that head is to be used.
 *
 * Validation chooses among the candidates; the exam of the one chosen is the test set where there is one, which can accept it
 * or veto it and never chooses another. Without a test set the exam is validation's own paired interval.
 */
import type {
  ConstraintVerdict,
  DecisionName,
  DecisionReason,
  Interval,
  VerdictStatus,
} from "../../protocol/records.ts";
import { isMissedBeyondChance } from "../../words/constraints.ts";

/** A head as it is judged. */
export interface Candidate {
  /** The objective on validation, turned so that more is better, by rows that it was not fitted to where it is a baseline that was fitted there. */
  readonly value: number;
  /** Whether it gives a class up that the checkpoint predicts: a constant classifier keeps every bound between groups, and never wins. */
  readonly givesUp: boolean;
  readonly constraints: readonly ConstraintVerdict[];
  /** Of the objective, turned likewise, against the checkpoint on the same rows. */
  readonly change: { readonly validation: Interval; readonly test: Interval | null };
}

export interface Candidates<Head extends Candidate> {
  readonly checkpoint: Head;
  /** Those that need no training, the simplest first. */
  readonly baselines: readonly Head[];
  /** The trained head; null where training found none better than those that need no training. */
  readonly tuned: Head | null;
}

export interface Decision<Head extends Candidate> {
  readonly decision: DecisionName;
  readonly reason: DecisionReason;
  /** The head that the verdict is about. */
  readonly about: Head;
  readonly set: "validation" | "test";
  /** Where no head keeps every bound: the one that comes closest, unless that is the checkpoint. */
  readonly closest: Head | null;
}

/** How a head stands to all of its bounds on validation: the worst of them. */
type Standing = "proved" | "holds" | "notJudged" | "missed";
const order: readonly Standing[] = ["proved", "holds", "notJudged", "missed"];

/** Statuses of bounds that hold by the samples of validation. */
const kept: readonly VerdictStatus[] = ["holds", "proved", "notProved"];

/** Differences below are rounding. */
const rounding = 1e-9;

/** Decides. The change of a head from itself is 0, without doubt. */
export function decide<Head extends Candidate>(candidates: Candidates<Head>): Decision<Head> {
  const { checkpoint, baselines, tuned } = candidates;
  const rivals = [...baselines, ...(tuned === null ? [] : [tuned])].filter(({ givesUp }) => !givesUp);
  const set = checkpoint.change.test === null ? "validation" : "test";
  const [first, ...others] = rivals;
  const best = others.reduce((kept, next) => (kept && isAhead(next, kept) ? next : kept), first) ?? null;
  const about = (head: Head, decision: DecisionName, reason: DecisionReason): Decision<Head> => ({
    decision,
    reason,
    about: head,
    set,
    closest: null,
  });
  const stands = standingOf(checkpoint);
  if (stands === "missed" && (best === null || standingOf(best) === "missed")) {
    const closest = best !== null && shortfall(best) < shortfall(checkpoint) - rounding ? best : null;
    return { ...about(checkpoint, "doNotUse", "nothingFeasible"), closest };
  }
  if (best !== null && order.indexOf(standingOf(best)) > order.indexOf(stands))
    return about(checkpoint, "doNotUse", "onlyCheckpoint");
  if (best === null || (tuned === null && !isAhead(best, checkpoint)))
    return about(checkpoint, "cannotTell", openReason(checkpoint) ?? "nothingBetter");
  const [decision, reason] = examine(best, checkpoint, set);
  return about(best, decision === "use" && best !== tuned ? "useBaseline" : decision, reason);
}

/** The exam of the head that validation chose. */
function examine(
  head: Candidate,
  checkpoint: Candidate,
  set: "validation" | "test",
): [DecisionName, DecisionReason] {
  const { validation } = head.change;
  const exam = head.change[set] ?? validation;
  const newlyMet = standingOf(head) !== standingOf(checkpoint) && openReason(checkpoint) !== null;
  if (head.constraints.some(isMissedBeyondChance)) return ["doNotUse", "missedOnTest"];
  if (!newlyMet && (validation.high < 0 || exam.high < 0)) return ["doNotUse", "harmful"];
  const open = openReason(head);
  if (open !== null) return ["cannotTell", open];
  if (newlyMet) return ["use", "boundsMet"];
  return exam.low > 0 && validation.value > 0 ? ["use", "better"] : ["cannotTell", "notBetter"];
}

/** Why nobody can tell whether a head keeps its bounds; null where that is known. */
function openReason({ constraints }: Candidate): "notProved" | "notJudged" | null {
  const unproved = ({ status, satisfied, proof }: ConstraintVerdict) =>
    !satisfied && (proof !== undefined || status === "notProved");
  if (constraints.some(unproved)) return "notProved";
  const isOpen = constraints.some(({ satisfied, test }) => !satisfied || test?.status === "notJudged");
  return isOpen ? "notJudged" : null;
}

/** Whether one head goes before another: by its bounds, then by the objective. Equal ones leave the order as it is. */
export function isAhead(one: Candidate, other: Candidate): boolean {
  const byStanding = order.indexOf(standingOf(one)) - order.indexOf(standingOf(other));
  if (byStanding !== 0) return byStanding < 0;
  const byShortfall = shortfall(one) - shortfall(other);
  if (Math.abs(byShortfall) > rounding) return byShortfall < 0;
  return one.value > other.value + rounding;
}

export function standingOf({ constraints }: Pick<Candidate, "constraints">): Standing {
  if (constraints.some(({ status }) => status === "missed")) return "missed";
  if (constraints.length > 0 && constraints.every(({ status }) => status === "proved")) return "proved";
  return constraints.every(({ status }) => kept.includes(status)) ? "holds" : "notJudged";
}

/** The largest amount by which a bound is missed on validation. */
function shortfall({ constraints }: Candidate): number {
  const missed = constraints.map(({ status, kind, bound, value }) =>
    status !== "missed" || value === null ? 0 : kind === "atLeast" ? bound - value : value - bound,
  );
  return Math.max(0, ...missed);
}
