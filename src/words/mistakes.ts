/** The mistakes behind a change of recall: what a class was taken for, and no longer is. Pure. */
import type { RunSnapshot } from "../protocol/panels.ts";
import type { ConfusionName } from "../protocol/records.ts";
import { type BucketChange, type Comparison, changeOf } from "./comparison.ts";
import { named } from "./names.ts";
import { fromTo } from "./numbers.ts";

/** Counts [B,K] before and after on the set compared, a row for each of its buckets; null until they are known. */
export function confusionCounts(
  { confusion, result }: RunSnapshot,
  { split, buckets, cells, classes }: Comparison,
): { before: Int32Array; after: Int32Array } | null {
  const set = split === "test" ? "Test" : "Validation";
  const names: [ConfusionName, ConfusionName] = [`before${set}`, `after${set}`];
  const rows = result?.buckets ?? buckets;
  const [before, after] = names.map((name) => {
    const counts = confusion[name];
    if (counts?.length !== rows.length * classes.length) return null;
    return cells.length === 0 ? counts : byClass(counts, rows, classes.length);
  });
  return before && after ? { before, after } : null;
}

/** The counts of classes within groups, added up by class. */
function byClass(
  counts: Int32Array,
  rows: readonly { readonly label: number }[],
  classes: number,
): Int32Array {
  const sums = new Int32Array(classes * classes);
  rows.forEach(({ label }, row) => {
    for (let k = 0; k < classes; k += 1) {
      const at = label * classes + k;
      sums[at] = (sums[at] ?? 0) + (counts[row * classes + k] ?? 0);
    }
  });
  return sums;
}

interface Mistake {
  readonly bucket: BucketChange;
  readonly takenFor: string;
  readonly before: number;
  readonly after: number;
}

/** The mistake of a bucket that became rarer (`way` -1) or more frequent (1) by most of its samples. */
function movedMost(
  counts: { before: Int32Array; after: Int32Array },
  { classes }: Comparison,
  bucket: BucketChange,
  way: 1 | -1,
): Mistake | null {
  const from = bucket.index * classes.length;
  const { samples } = bucket;
  if (samples === null || samples === 0) return null;
  let moved = 0;
  let most = -1;
  for (let label = 0; label < classes.length; label += 1) {
    const by = way * ((counts.after[from + label] ?? 0) - (counts.before[from + label] ?? 0));
    if (label !== bucket.label && by > moved) [moved, most] = [by, label];
  }
  if (most < 0) return null;
  return {
    bucket,
    takenFor: classes[most] ?? String(most),
    before: (counts.before[from + most] ?? 0) / samples,
    after: (counts.after[from + most] ?? 0) / samples,
  };
}

const inWords = (amount: string, { bucket, takenFor, before, after }: Mistake) =>
  `${amount} ${named(bucket.name)} samples are taken for ${named(takenFor)} (${fromTo(before, after)})`;

/** Which mistake the bucket that gained most no longer makes, and which one the bucket that lost most makes instead. */
export function mistakesBehind(snapshot: RunSnapshot, comparison: Comparison): string | null {
  const counts = confusionCounts(snapshot, comparison);
  if (counts === null) return null;
  const furthest = (way: 1 | -1) =>
    comparison.buckets.reduce<BucketChange | null>((most, bucket) => {
      const change = way * (changeOf(bucket) ?? 0);
      return change > (most === null ? 0 : way * (changeOf(most) ?? 0)) ? bucket : most;
    }, null);
  const gainer = furthest(1);
  const loser = furthest(-1);
  const less = gainer && movedMost(counts, comparison, gainer, -1);
  const more = loser && movedMost(counts, comparison, loser, 1);
  if (less === null) return more && `${inWords("More", more)}.`;
  return `${inWords("Fewer", less)}${more === null ? "" : `; in exchange, ${inWords("more", more)}`}.`;
}
