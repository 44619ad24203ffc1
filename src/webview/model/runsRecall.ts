/** Recall of each class in several runs. Pure. */
import { compare } from "../../words/comparison.ts";
import { listed, named } from "../../words/names.ts";
import { percent, plain, range } from "../../words/numbers.ts";
import type { Split } from "../../words/sets.ts";
import { type Row, RowsPicture } from "../pictures/rows.ts";
import { likenessOf } from "./alike.ts";
import type { NamedRun } from "./namedRuns.ts";

const show = (value: number) => percent(value, 1);

/** "76 to 81 %", or the one value that all have. */
function rangeOf(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return percent(null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return percent(low) === percent(high) ? percent(low) : range(low, high);
}

/** Recall by class of what a run came to on a set; null where it has no result there: what it has of another is something else. */
function recallsOf({ snapshot }: NamedRun, split: Split): Map<string, number | null> | null {
  const comparison = compare(snapshot, split);
  if (comparison === null || comparison.live || comparison.split !== split) return null;
  return new Map(comparison.buckets.map((bucket) => [bucket.name, bucket.after]));
}

/** Recall of each class in each run; classes are matched by name, and those that not all runs have say so. */
export function runsRecallPicture(runs: readonly NamedRun[], split: Split): RowsPicture {
  const recalls = runs.map((run) => recallsOf(run, split));
  const names = [...new Set(recalls.flatMap((recall) => [...(recall?.keys() ?? [])]))];
  const rows = names.map((name) => ({ name, values: recalls.map((recall) => recall?.get(name) ?? null) }));
  const lowest = (values: readonly (number | null)[]) =>
    values.reduce<number>((low, value) => Math.min(low, value ?? 1), 1);
  const spread = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length < 2
      ? 0
      : known.reduce((a, b) => Math.max(a, b)) - known.reduce((a, b) => Math.min(a, b));
  };
  rows.sort((a, b) => lowest(a.values) - lowest(b.values));
  const most = rows.reduce(
    (widest, row) => (spread(row.values) > spread(widest.values) ? row : widest),
    rows[0] ?? { values: [], name: "" },
  );
  const isShared = names.every((name) => ownersText(name, recalls, runs) === "");
  const title = `Recall per class (${split})`;
  /** What of a class a run has: its recall, or why there is none. */
  const toldOf = (name: string, value: number | null, at: number) => {
    const recall = recalls[at];
    if (recall === null || recall === undefined) return "no result";
    if (value !== null) return percent(value);
    return recall.has(name) ? "no sample" : "no such class";
  };
  return new RowsPicture({
    title,
    fileStem: `compare-recall-${split}`,
    sentence: [
      ...likenessOf(runs, split).unlike,
      !rows.some(({ values }) => values.filter((value) => value !== null).length > 1)
        ? "No class has a recall in two of the runs."
        : spread(most.values) === 0
          ? `The recalls of ${isShared ? "the runs" : "the classes in common"} are the same.`
          : `The runs differ most at ${named(most.name)}: ${plain(100 * spread(most.values), 1)} points between the best and the worst.`,
    ].join(" "),
    rows: rows.map(({ name, values }): Row => {
      const told = values.map((value, at) => `${runs[at]?.letter ?? ""} ${toldOf(name, value, at)}`);
      const short = values.map((value, at) => `${runs[at]?.letter ?? ""} ${percent(value)}`);
      return {
        name,
        tag: ownersText(name, recalls, runs),
        cells: [values.map((value, series) => ({ series, value, low: null, high: null }))],
        bounds: [],
        text: short.join("  "),
        brief: rangeOf(values),
        paint: "foreground",
        reading: () => `${named(name)}: ${told.join(", ")}.`,
      };
    }),
    looks: runs.map((run) => run.look),
    columns: [""],
    low: 0,
    high: 1,
    show: (value) => percent(value),
    connect: "profile",
    intervals: false,
    table: () => ({
      caption: title,
      columns: [
        { key: "name", label: "Class" },
        ...runs.map((run) => ({ key: run.letter, label: run.look.label, show })),
      ],
      rows: rows.map(({ name, values }) => [name, ...values]),
    }),
  });
}

/** "only A" where others have results without the class; "" where all have it. */
function ownersText(
  name: string,
  recalls: readonly (ReadonlyMap<string, unknown> | null)[],
  runs: readonly NamedRun[],
): string {
  const measured = recalls.flatMap((recall, at) =>
    recall ? [{ recall, letter: runs[at]?.letter ?? "" }] : [],
  );
  const owners = measured.filter(({ recall }) => recall.has(name)).map(({ letter }) => letter);
  return owners.length === measured.length ? "" : `only ${listed(owners, owners.length)}`;
}
