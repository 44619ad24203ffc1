/** How bounds stand, as records say it: by the samples of a set, and by proofs. */
import * as z from "zod";

const number = z.number();
const whole = z.int();
const text = z.string();
const flag = z.boolean();
const texts = z.array(text);

/** What a value of a metric is about, by name. */
export const about = {
  /** The metric, or the part of it that has the value: of `equalizedOddsDifference` one of the rates. */
  part: text,
  /** What groups the samples; null where it is not about groups. */
  attribute: text.nullable(),
  /** The class; none where it is about all. */
  classes: texts,
  /** The group, or the two that are compared: first minus second, or first over second. */
  groups: texts,
};

/**
 * By the samples of a set; `notJudged` where there are none, or, with a value, too few. Where a proof was asked for, what holds is `proved`,
 * `notProved`, or, whatever the head, `notProvable`.
 */
export const verdictStatus = z.enum(["proved", "holds", "notProved", "missed", "notJudged", "notProvable"]);
export type VerdictStatus = z.infer<typeof verdictStatus>;

/** How one value stands to its bound on one set. `low` and `high` are the ends of a 95 % interval. */
const judgement = {
  ...about,
  value: number.nullable(),
  low: number.nullable(),
  high: number.nullable(),
  status: verdictStatus,
  /** Why it is not judged, in a sentence. */
  reason: text.nullable(),
};

/** Whether a bound is proved on rows that nothing was trained or chosen by. */
const proofRecord = z.object({
  /** How sure it was to be. */
  confidence: number,
  /** Rows of a table of their own, or held back from validation. */
  rows: z.enum(["certify", "heldBack"]),
  /** Of the weakest of the values that have to be proved. */
  pValue: number,
  /** That value: what it is about, and what it is on those rows. */
  ...about,
  value: number.nullable(),
  /** The rows that it was measured on, by whose they are. */
  samples: z.array(z.object({ name: text, rows: whole })),
  /** Why no head could be proved to keep the bound by these rows, in a sentence; null where one could. */
  reason: text.nullable(),
  /** How many more rows of whom would prove it with a probability of 80 %, were its values what they seem; null where none would. */
  needed: z.array(z.object({ name: text, rows: whole })).nullable(),
});
export type ProofRecord = z.infer<typeof proofRecord>;

/** A verdict on one bound at the end of a run: on each set about the value there that is furthest beyond the bound, or nearest to it. */
export const constraintVerdict = z.object({
  /** An id of the catalogue, unless another version wrote it. */
  metric: text,
  kind: z.enum(["atLeast", "atMost"]),
  bound: number,
  /** Whether it bounds the change from the checkpoint: so are `bound` and the values then. */
  relative: z.literal(true).optional(),
  ...judgement,
  /** Whether it holds or is proved on validation, or the whole interval on test keeps it where validation has too few samples. */
  satisfied: flag,
  test: z.object(judgement).nullable(),
  /** Where a proof was asked for. */
  proof: proofRecord.optional(),
});
export type ConstraintVerdict = z.infer<typeof constraintVerdict>;
export type Judgement = NonNullable<ConstraintVerdict["test"]>;
