/** What the rows of validation and test count for: the class shares that `"prior"` means, over those that the rows have. */
import type { Configuration } from "../../project/configuration.ts";
import { type RowWeights, rowWeights, weightsForShares } from "../../selmix/confusion/population.ts";
import { JobError } from "../errors.ts";
import type { CountedRows } from "./buckets.ts";
import { countLabels, type NumberedTable, type Tables } from "./tables.ts";

export interface PopulationMeant {
  /** Null where the rows count alike. */
  readonly validation: RowWeights | null;
  readonly test: RowWeights | null;
  /** The shares [K] that the classes have, in any unit; null where they are those that rows were drawn with. */
  readonly shares: readonly number[] | null;
}

/** Rows of a set with the weights that its table has for them. */
type WeighedRows = Pick<CountedRows, "labels"> & { readonly ownWeights: RowWeights | null };

/** Rows that a class without any counts as, so that its share is never nothing. */
const FEWEST = 0.5;

/** The weights of both sets. Test is as it is where its own shares are meant. */
export function populationMeant(
  { prior = "validation" }: Pick<Configuration, "prior">,
  trainCounts: readonly number[],
  validation: WeighedRows,
  test: WeighedRows | null,
): PopulationMeant {
  if (prior === "validation")
    return { validation: validation.ownWeights, test: test?.ownWeights ?? null, shares: null };
  const shares = sharesMeant(prior, trainCounts, test);
  return {
    validation: weightsForShares(validation.labels, shares, validation.ownWeights),
    shares,
    test:
      test && (prior === "test" ? test.ownWeights : weightsForShares(test.labels, shares, test.ownWeights)),
  };
}

/** Shares of the classes [K], in any unit. */
function sharesMeant(
  prior: "train" | "test" | readonly number[],
  trainCounts: readonly number[],
  test: WeighedRows | null,
): readonly number[] {
  if (prior === "train") return trainCounts.map((count) => Math.max(count, FEWEST));
  if (prior !== "test") return prior;
  if (test === null) throw new Error('"prior": "test" was checked to come with a test set');
  const own = test.ownWeights;
  if (own === null) {
    return countLabels(test.labels, trainCounts.length).map((count) => Math.max(count, FEWEST));
  }
  const sums = trainCounts.map(() => 0);
  test.labels.forEach((label, row) => {
    sums[label] = (sums[label] ?? 0) + (own.values[row] ?? 0);
  });
  return sums.map((sum) => Math.max(sum, FEWEST));
}

/** The weights that a table brings with it; null where its rows count alike. Throws `JobError` where none of them counts. */
export function ownWeights({
  path: file,
  weights,
}: Pick<NumberedTable, "path" | "weights">): RowWeights | null {
  if (weights === null) return null;
  if (weights.some((weight) => weight > 0)) return rowWeights(weights);
  throw new JobError(`${file} has no weight above 0; correct the weights, or leave them out.`);
}

/** A sentence where rows of one set have weights and those of the other count alike. */
export function lackingWeights({ validation, test }: Tables): string[] {
  if (!test || (test.weights === null) === (validation.weights === null)) return [];
  const [has, lacks] = test.weights === null ? [validation, test] : [test, validation];
  return [`The rows of ${has.path} have weights, and those of ${lacks.path} count alike: give both weights.`];
}
