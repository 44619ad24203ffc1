/** What the rows of validation and test count for: the class shares that `"prior"` means, over those that the rows have. */
import type { Configuration } from "../project/configuration.ts";
import { type RowWeights, weightsForShares } from "../selmix/population.ts";
import type { CountedRows } from "./buckets.ts";
import { countLabels } from "./tables.ts";

export interface PopulationMeant {
  /** Null where the rows count alike. */
  readonly validation: RowWeights | null;
  readonly test: RowWeights | null;
}

/** Rows that a class without any counts as, so that its share is never nothing. */
const FEWEST = 0.5;

/** The weights of both sets. Test is as it is where its own shares are meant. */
export function populationMeant(
  { prior = "validation" }: Pick<Configuration, "prior">,
  trainCounts: readonly number[],
  validation: CountedRows,
  test: CountedRows | null,
): PopulationMeant {
  if (prior === "validation") return { validation: null, test: null };
  const shares = sharesMeant(prior, trainCounts, test);
  return {
    validation: weightsForShares(validation.labels, shares),
    test: test && prior !== "test" ? weightsForShares(test.labels, shares) : null,
  };
}

/** Shares of the classes [K], in any unit. */
function sharesMeant(
  prior: "train" | "test" | readonly number[],
  trainCounts: readonly number[],
  test: CountedRows | null,
): readonly number[] {
  if (prior === "train") return trainCounts.map((count) => Math.max(count, FEWEST));
  if (prior !== "test") return prior;
  if (test === null) throw new Error('"prior": "test" was checked to come with a test set');
  return countLabels(test.labels, trainCounts.length).map((count) => Math.max(count, FEWEST));
}
