/** The verdict on a run: what it comes to, why, and what the head costs and brings. */
import * as z from "zod";
import { constraintVerdict } from "./bounds.ts";

const number = z.number();
const text = z.string();
const flag = z.boolean();

/** Who made the head that a tune answers with: SelMix itself, SelMix with offsets tuned at its end, or what is had without it. */
const refits = ["balancedRefit", "boundedRefit"] as const;
const withoutSelMix = ["checkpoint", "logitAdjustment", "tunedBias", ...refits] as const;
export const answerMethod = z.enum(["selmix", "selmixOffsets", ...withoutSelMix]);
export type AnswerMethod = z.infer<typeof answerMethod>;

/** What a run comes to. */
export const decisionName = z.enum(["use", "useBaseline", "doNotUse", "cannotTell"]);
export type DecisionName = z.infer<typeof decisionName>;

/** Why: what was settled, or what could not be. */
export const decisionReason = z.enum([
  /** Better than the checkpoint in the objective, beyond chance. */
  "better",
  /** Keeps bounds that the checkpoint does not keep. */
  "boundsMet",
  /** No head keeps every bound. */
  "nothingFeasible",
  /** Only the checkpoint as it is keeps every bound. */
  "onlyCheckpoint",
  /** Worse than the checkpoint in the objective, beyond chance. */
  "harmful",
  /** A bound that held on validation is missed on test, beyond chance. */
  "missedOnTest",
  /** A bound cannot be judged. */
  "notJudged",
  /** A bound is not proved, and a proof was asked for. */
  "notProved",
  /** Neither better nor worse, beyond chance. */
  "notBetter",
  /** Training found nothing better than the checkpoint. */
  "nothingBetter",
]);
export type DecisionReason = z.infer<typeof decisionReason>;

/** What a head costs and brings, on the set of the exam, against the checkpoint. */
const balance = {
  /** Of the objective; `low` and `high` are the ends of the 95 % interval of the paired change. */
  gain: z.object({ metric: text, before: number, after: number, change: number, low: number, high: number }),
  /** The class, or class in a group, whose recall fell most; null where none fell. */
  price: z
    .object({ class: text, group: text.nullable(), before: number, after: number, change: number })
    .nullable(),
  accuracy: z.object({ before: number, after: number }),
};

/** The verdict on a run, made once, from what ran before anything was written. */
export const verdictRecord = z.object({
  decision: decisionName,
  reason: decisionReason,
  /** The baseline that the verdict is about; null where it is about the trained head, or the checkpoint. */
  baseline: text.nullable(),
  /** Who trained the head that the verdict is about; absent where it is a baseline or the checkpoint. */
  method: answerMethod.optional(),
  /** Whether training found a head better than those that need none, and whether none of these was measured beside it. */
  ...{ trained: flag, alone: flag.optional() },
  /** The verdict in a line, for people, and the set that the head was examined on. */
  ...{ sentence: text, set: z.enum(["validation", "test"]) },
  ...balance,
  /** Where nothing keeps every bound, the head that comes closest: kept with the run, never written. */
  closest: z
    .object({ baseline: text.nullable(), ...balance, constraints: z.array(constraintVerdict) })
    .nullable(),
});
export type VerdictRecord = z.infer<typeof verdictRecord>;
export type Balance = Pick<VerdictRecord, keyof typeof balance>;
