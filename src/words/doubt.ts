/** What is said of an objective that cannot be judged with the samples there are. */
import { metricName, type ObjectiveId } from "../metrics/catalogue.ts";
import { percent } from "./numbers.ts";

export interface Doubt {
  /** What the lowest would be counted at, were all alike; or how many would be counted at 0. */
  readonly byChance: { readonly kind: "lowest" | "zeros"; readonly value: number };
  /** The mean recall. */
  readonly mean: number;
  readonly count: number;
  /** What can be judged instead, the nearest first. */
  readonly instead: readonly ObjectiveId[];
}

/** Why, in what chance makes of it, and what can be judged instead. */
export function doubtSentence(objective: ObjectiveId, { byChance, mean, count, instead }: Doubt): string {
  const why =
    byChance.kind === "lowest"
      ? `were all ${count} recalls ${percent(mean)}, it would be counted at ${percent(byChance.value)} by chance`
      : `about ${Math.max(1, Math.round(byChance.value))} of ${count} recalls would be counted at 0 by chance, which makes it 0`;
  const others = instead.map((id) => `"${id}"`).join(" or ");
  const wayOut = others === "" ? "take more samples" : `take more samples, or ${others}`;
  return `Validation has too few samples to judge the ${metricName(objective)} by: ${why}; ${wayOut}.`;
}
