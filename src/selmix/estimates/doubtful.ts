/** Whether an objective can be judged on the samples there are, and which others can: where it cannot, whatever is chosen by it is chosen by chance. */
import type { ObjectiveId } from "../../metrics/catalogue.ts";
import { leastByChance, lowestByChance, zerosByChance } from "../../statistics/chance.ts";
import { lowestCount } from "../../statistics/lowest.ts";
import type { Doubt } from "../../words/doubt.ts";
import { needsGroups } from "../confusion/objectives.ts";

/** Recalls of those that have samples, the samples of each, and whether each is of a head class. */
export interface CountedRecalls {
  readonly recalls: readonly number[];
  readonly samples: readonly number[];
  readonly isHead: readonly boolean[];
}

/** As much as this of the mean has to be left of the lowest by chance alone. */
const LEAST_LEFT = 0.5;
/** So many zeros are expected where one is as likely as none. */
const MOST_ZEROS = Math.LN2;
/** Classes whose worst 5 % are one class alone: no other objective than the worst class. */
const ONE_OF = 20;

const meanOf = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);

/** Why an objective cannot be judged; null where it can. */
export function doubtOf(objective: ObjectiveId, counted: CountedRecalls): Doubt | null {
  const byChance = lowByChance(objective, counted);
  if (byChance === null) return null;
  const instead: readonly ObjectiveId[] = needsGroups(objective)
    ? ["meanGroupRecall"]
    : ["worst5Recall", "minHeadTailRecall", "meanRecall"];
  return {
    byChance,
    mean: meanOf(counted.recalls),
    count: counted.recalls.length,
    instead: instead.filter(
      (other) =>
        other !== objective &&
        !(other === "worst5Recall" && counted.recalls.length <= ONE_OF) &&
        lowByChance(other, counted) === null,
    ),
  };
}

function lowByChance(
  objective: ObjectiveId,
  { recalls, samples, isHead }: CountedRecalls,
): Doubt["byChance"] | null {
  const mean = meanOf(recalls);
  const lowest = (value: number): Doubt["byChance"] | null =>
    value <= LEAST_LEFT * mean ? { kind: "lowest", value } : null;
  switch (objective) {
    case "minRecall":
    case "minGroupRecall":
      return lowest(leastByChance(mean, samples));
    case "worst5Recall": {
      const count = lowestCount(recalls.length);
      if (count === 1) return lowest(leastByChance(mean, samples));
      return lowest(lowestByChance(mean, samples, count / recalls.length));
    }
    case "minHeadTailRecall": {
      const sides = [true, false].map((side) => samples.filter((_size, at) => isHead[at] === side));
      const rows = sides.filter((side) => side.length > 0).map((side) => side.reduce((sum, n) => sum + n, 0));
      return lowest(leastByChance(mean, rows));
    }
    case "gMean":
    case "hMean": {
      const value = zerosByChance(recalls, samples);
      return value >= MOST_ZEROS ? { kind: "zeros", value } : null;
    }
    case "meanRecall":
    case "accuracy":
    case "minCoverage":
    case "macroF1":
    case "meanGroupRecall":
      return null;
  }
}
