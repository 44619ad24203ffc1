/** The orders in which pictures and tables list buckets. */
import { type BucketChange, changeOf } from "../../words/comparison.ts";

export const sortings = [
  { value: "worstBefore", label: "Worst before" },
  { value: "worstAfter", label: "Worst after" },
  { value: "change", label: "Largest change" },
  { value: "size", label: "Training size" },
  { value: "name", label: "Name" },
  { value: "configuration", label: "Configuration" },
] as const;
export type Sorting = (typeof sortings)[number]["value"];

/** Buckets in the order asked for; what has no number comes last, ties keep the configuration's order. */
export function sortBuckets(buckets: readonly BucketChange[], sorting: Sorting): BucketChange[] {
  const last = Number.POSITIVE_INFINITY;
  const key: Record<Exclude<Sorting, "name">, (bucket: BucketChange) => number> = {
    worstBefore: (bucket) => bucket.before ?? last,
    worstAfter: (bucket) => bucket.after ?? last,
    change: (bucket) => {
      const change = changeOf(bucket);
      return change === null ? last : -Math.abs(change);
    },
    size: (bucket) => -bucket.trainCount,
    configuration: (bucket) => bucket.index,
  };
  if (sorting === "name")
    return buckets.toSorted((a, b) => a.name.localeCompare(b.name) || a.index - b.index);
  const by = key[sorting];
  return buckets.toSorted((a, b) => by(a) - by(b) || a.index - b.index);
}
