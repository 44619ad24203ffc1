/** What an entry of the catalogue says, and what entries of a kind share. */
export const boundKinds = ["atLeast", "atMost"] as const;
export type BoundKind = (typeof boundKinds)[number];

/** A number, or how far from the checkpoint's own value on the same rows: what is bounded then is the change. */
export type Limit = number | { readonly before: number };

/** What a limit says: a value, or where `relative` a change. */
export function readLimit(limit: Limit): { readonly bound: number; readonly relative?: true } {
  return typeof limit === "number" ? { bound: limit } : { bound: limit.before, relative: true };
}

export interface Metric {
  /** In a sentence: "the worst-class recall rose". */
  readonly name: string;
  /** In a table or a headline, at most 16 letters where it is reported. */
  readonly short: string;
  /** What it measures, for people; of an objective, what raising it does. */
  readonly sentence: string;
  readonly unit: "share" | "difference" | "ratio";
  /** Which way is better; null where that depends. */
  readonly better: "up" | "down" | null;
  /** What has a value: each class, each class in each group, each group, each pair of groups, or the whole set. */
  readonly over: "class" | "classGroup" | "group" | "betweenGroups" | "overall";
  /** Groups of the samples, or which classes are frequent (head) and which are rare (tail). */
  readonly needs: "groups" | "frequency" | null;
  /** Whether it changes with how frequent the classes are, all recalls being the same: what `"prior"` is about. */
  readonly byShares?: boolean;
  /** The bounds that can mean something; none where it cannot be a constraint. */
  readonly bounds: readonly BoundKind[];
  readonly objective: boolean;
  /** Whether evaluations have it, and whether short tables show it. */
  readonly reported: "headline" | "table" | null;
}

/** A share that may be bounded from either side. */
export const both = ["atLeast", "atMost"] as const;

/** An objective: a share of the whole set, reported, better when it rises; and bounded from below. */
export const objective = {
  unit: "share",
  better: "up",
  over: "overall",
  needs: null,
  bounds: ["atLeast"],
  objective: true,
  reported: "headline",
} as const;

/** A constraint: a share that every class has. */
export const ofClass = {
  ...objective,
  over: "class",
  bounds: both,
  objective: false,
  reported: null,
} as const;

/** The same of frequent, or of rare, classes as a whole. */
export const ofFrequency = { ...ofClass, over: "overall", needs: "frequency" } as const;

/** A constraint: the largest difference, or the least ratio, of two groups. */
export const difference = {
  ...ofClass,
  unit: "difference",
  better: "down",
  over: "betweenGroups",
  needs: "groups",
  bounds: ["atMost"],
} as const;
/** The same, as a ratio. */
export const ratio = { ...difference, unit: "ratio", better: "up", bounds: ["atLeast"] } as const;
