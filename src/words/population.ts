/** Sentences about the population that is meant: whose class shares metrics are measured under. */
import { metricName } from "../metrics/catalogue.ts";
import { baseName, listed, named } from "./names.ts";
import { percent } from "./numbers.ts";

export interface OtherShares {
  readonly what: "classes" | "groups";
  /** The sets whose shares are others than those of validation. */
  readonly differing: readonly ("test" | "train")[];
  /** The class or group whose share differs most, in validation and in one of the sets. */
  readonly example: {
    readonly name: string;
    readonly set: "test" | "train";
    readonly own: number;
    readonly others: number;
  };
  /** Ids of what was chosen and depends on them. */
  readonly metrics: readonly string[];
}

/** What differs, why it matters, and the way out. */
export function otherSharesSentence({ what, differing, example, metrics }: OtherShares): string {
  const { name, set, own, others } = example;
  const seen = `${named(name)} is ${percent(own)} of validation and ${percent(others)} of ${set}`;
  const depend = metrics.length === 1 ? "depends" : "depend";
  const wayOut =
    what === "classes"
      ? `measured is as in validation, unless "prior" names ${differing.map((one) => `"${one}"`).join(" or ")} (or "validation", to say that it is meant)`
      : "measured is as in validation, so validate with samples in which they are as frequent as where the classifier is used";
  return `The ${what} are not as frequent in validation as in ${differing.join(" and ")} (${seen}), and ${listed(metrics.map(metricName), 3)} ${depend} on that: ${wayOut}.`;
}

/** Whose class shares an evaluation was measured under; null where rows counted as they are. */
export function priorText(
  prior: "validation" | "train" | "test" | readonly number[] | undefined,
): string | null {
  if (prior === undefined || prior === "validation") return null;
  if (prior === "train" || prior === "test") return `Measured for the class shares of ${prior}.`;
  return `Measured for the class shares given: ${prior.length > 8 ? `${prior.length} classes` : prior.map((share) => percent(share)).join(", ")}.`;
}

/** Where the offsets by group lie, and what they are for. */
export function groupTableText(file: string): string {
  return `the head goes with ${baseName(file)}: the offsets of a sample's group are added to its logits`;
}
