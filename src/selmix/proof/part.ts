/** The parts that a bound's proof is made of, and what every maker of parts is given. */
import type { BoundKind, ConstraintId } from "../../metrics/catalogue.ts";
import type { Counts } from "../../statistics/binomialTest.ts";
import type { Term } from "../../statistics/meanTest.ts";
import type { Line } from "../../statistics/pairTest.ts";
import type { Attribute } from "../confusion/attribute.ts";
import type { Subject } from "../confusion/shares.ts";
import type { Sides } from "./sides.ts";

/** Why a value cannot be tested. */
export type Untestable = "noSamples" | "neverPredicted" | "noTest" | "prior" | "shares" | Unlike;

/** Why rows do not stand for others alike: they have weights of their own, chose the head, or not every class gave its part of them. */
export type Unlike = "weights" | "tuned" | "split";

/** One value of a bound, with what its test is made of. */
export type Part = { readonly subject: Subject; readonly value: number | null } & (
  | { readonly test: "share"; readonly counts: Counts; readonly bound: number; readonly pooled: boolean }
  | { readonly test: "pair"; readonly first: Counts; readonly second: Counts; readonly line: Line }
  | { readonly test: "mean"; readonly terms: readonly Term[]; readonly bound: number }
  | { readonly test: "none"; readonly why: Untestable }
);

/** A bound as it is to be proved. */
export interface BoundToProve {
  readonly metric: ConstraintId;
  readonly kind: BoundKind;
  readonly bound: number;
  /** All by default. */
  readonly classes?: readonly number[];
  /** What groups are told apart by; every combination there is where it is absent. */
  readonly attribute?: Attribute;
}

export interface Meant {
  readonly isHead: readonly boolean[];
  /** The shares that the classes have in the population meant, where those are given. */
  readonly shares: readonly number[] | null;
  /** Null where rows stand for others alike. */
  readonly unlike: Unlike | null;
}

/** What a maker is given. */
export interface Context extends Meant {
  readonly sides: Sides;
  readonly its: BoundToProve;
  readonly classes: readonly number[];
  /** What a row of each class counts for; null where all count alike, "lacking" where a class that is meant has no rows. */
  readonly weights: Float64Array | "lacking" | null;
}

/** Makes the parts of one metric. */
export type Maker = (context: Context) => Part[];

/** A value that no test is for. */
export const none = (subject: Subject, why: Untestable): Part => ({
  subject,
  value: null,
  test: "none",
  why,
});

export const subjectOf = (
  metric: Subject["metric"],
  classes: readonly number[],
  groups: readonly number[] = [],
) => ({
  metric,
  classes,
  groups,
});
