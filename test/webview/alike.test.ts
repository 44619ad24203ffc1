/** Runs side by side that were measured on other things: what is matched by name, what is told, and what is not compared. */
import { describe, expect, it } from "vitest";
import type { RunSnapshot } from "../../src/protocol/panels.ts";
import { likenessOf, whyUnlike } from "../../src/webview/model/alike.ts";
import { nameRuns } from "../../src/webview/model/namedRuns.ts";
import { runsGroupsTable } from "../../src/webview/model/runGroups.ts";
import { runsHeadline, runsMetricsTable } from "../../src/webview/model/runs.ts";
import { runsRecallPicture } from "../../src/webview/model/runsRecall.ts";
import { runsScatter } from "../../src/webview/model/runsScatter.ts";
import { syntheticRun } from "./syntheticRun.ts";

interface Change {
  readonly classes?: readonly string[];
  readonly groups?: readonly string[];
  readonly samples?: number;
}

/** A run whose classes and groups have these names. */
function run({ classes = ["cat", "dog", "eel"], groups, samples = 200 }: Change = {}): RunSnapshot {
  const made = syntheticRun({
    ...{ classes: classes.length, cycles: 1, samples, runFolder: `/${classes.join()}` },
    ...(groups && { groups: groups.length }),
  });
  const { result } = made;
  if (!result) throw new Error("no result");
  const label = (text: string) => text.replace(/class (\d+)/, (_, at) => classes[Number(at)] ?? "");
  const named = result.buckets.map((bucket) => ({ ...bucket, name: label(bucket.name) }));
  return {
    ...made,
    run: { ...made.run, classes: [...classes], buckets: named, ...(groups && { groups: [...groups] }) },
    result: { ...result, classes: [...classes], buckets: named },
  };
}
const pair = (first: Change, second: Change) => nameRuns([run(first), run(second)]);

describe("runs of the same classes and samples", () => {
  const runs = pair({}, { classes: ["cat", "dog", "eel"] });

  it("are ranked", () => {
    const likeness = likenessOf(runs, "test");
    expect(likeness).toEqual({ unlike: [], unlikeGroups: [], sameHeads: true, samePrior: true });
    expect(whyUnlike(likeness, "minRecall")).toBeNull();
    expect(runsHeadline(runs, "test").claim).toMatch(/best/);
    expect(runsMetricsTable(runs, "test").rows.map((row) => row.at(-1))).not.toContain("not comparable");
    expect(runsScatter(runs, "meanRecall", "minRecall", "test").sentence).toContain("right is better.");
  });

  it("are alike whatever order their classes have, and whatever groups", () => {
    expect(likenessOf(pair({}, { classes: ["eel", "cat", "dog"] }), "test").unlike).toEqual([]);
    const withGroups = likenessOf(pair({ samples: 200 }, { samples: 100, groups: ["f", "m"] }), "test");
    expect(withGroups).toMatchObject({ unlike: [], unlikeGroups: [] });
  });
});

describe("runs of other classes", () => {
  const runs = pair({}, { classes: ["cat", "dog", "fox", "gnu"] });

  it("are not ranked, and who alone has which is told", () => {
    const { claim, details } = runsHeadline(runs, "test");
    expect(claim).toBe(
      "By worst-class recall on test no run can be called the best: the runs were measured on other classes or samples.",
    );
    expect(details.slice(0, 2)).toEqual([
      "Classes that only A has: eel.",
      "Classes that only B has: fox and gnu.",
    ]);
    expect(new Set(runsMetricsTable(runs, "test").rows.map((row) => row.at(-1)))).toEqual(
      new Set(["not comparable"]),
    );
    expect(runsScatter(runs, "meanRecall", "minRecall", "test").sentence).toContain("not between runs");
  });

  it("are compared by the classes that both have", () => {
    const picture = runsRecallPicture(runs, "test");
    expect(picture.sentence).toBe(
      "Classes that only A has: eel. Classes that only B has: fox and gnu. The recalls of the classes in common are the same.",
    );
    const [changed, other] = [run(), run({ classes: ["cat", "dog", "fox", "gnu"] })];
    const recall = changed.result?.after.test?.recall;
    if (!recall) throw new Error("no result");
    recall[1] = 0.1;
    recall[2] = 0;
    expect(runsRecallPicture(nameRuns([changed, other]), "test").sentence).toContain("differ most at dog:");
    const byName = new Map(picture.table().rows.map(([name, ...values]) => [name, values]));
    expect(byName.get("eel")).toEqual([expect.any(Number), null]);
    expect(byName.get("gnu")).toEqual([null, expect.any(Number)]);
    const at = picture.table().rows.findIndex(([name]) => name === "eel");
    expect(picture.read(at)).toMatch(/^eel: A \d+.%, B no such class\.$/);
  });

  it("with none in common are not said to be the same", () => {
    expect(runsRecallPicture(pair({}, { classes: ["x", "y", "z"] }), "test").sentence).toContain(
      "No class has a recall in two of the runs.",
    );
  });
});

describe("runs of other samples", () => {
  it("are not ranked, and the class that tells is named", () => {
    const runs = pair({ samples: 200 }, { samples: 150 });
    const { claim, details } = runsHeadline(runs, "test");
    expect(claim).toContain("no run can be called the best");
    expect(details[0]).toBe("The samples are others: of cat there are 400 in A and 300 in B.");
  });

  it("a run without a test set has no result there; its validation does not stand in for it", () => {
    const [one, other] = [run(), run()];
    if (!other.result) throw new Error("no result");
    const bare = {
      ...other,
      result: {
        ...other.result,
        before: { ...other.result.before, test: null },
        after: { ...other.result.after, test: null },
      },
    };
    const picture = runsRecallPicture(nameRuns([one, bare]), "test");
    expect(picture.table().rows.every((row) => row[1] !== null && row[2] === null)).toBe(true);
    expect(picture.read(0)).toContain("B no result");
  });
});

describe("metrics that depend on more", () => {
  it("of frequent and rare classes need the same ones, of predictions the same class shares", () => {
    const [one, other] = [run(), run()];
    if (!other.result) throw new Error("no result");
    other.result.headClasses = [2];
    other.result.prior = "train";
    const likeness = likenessOf(nameRuns([one, other]), "test");
    expect(whyUnlike(likeness, "minHeadTailRecall")).toBe("other classes count as frequent");
    expect(whyUnlike(likeness, "accuracy")).toBe("the runs were measured for other class shares");
    expect(whyUnlike(likeness, "minRecall")).toBeNull();
  });

  it("of groups need the same groups", () => {
    const likeness = likenessOf(pair({ groups: ["f", "m"] }, { groups: ["old", "young"] }), "test");
    expect(likeness.unlike).toEqual([]);
    expect(likeness.unlikeGroups).toEqual([
      "Groups that only A has: f and m.",
      "Groups that only B has: old and young.",
    ]);
    expect(whyUnlike(likeness, "minGroupRecall")).toBe("the runs have other groups");
    expect(whyUnlike(likeness, "minRecall")).toBeNull();
  });
});

describe("the table of groups", () => {
  const table = (first: Change, second: Change) => {
    const { rows } = runsGroupsTable(pair(first, second), "test");
    return (name: string) => rows.find(([one]) => one === name)?.slice(1);
  };
  const gap = expect.stringMatching(/^\d+\.\d \(.* points\)/);

  it("has what compares groups side by side where they are the same, in whatever order", () => {
    const row = table({ groups: ["f", "m"] }, { groups: ["m", "f"] });
    expect(row("Accuracy, largest difference between groups")).toEqual([gap, gap]);
    expect(row("Accuracy of f")).toEqual([expect.stringContaining("%"), expect.stringContaining("%")]);
  });

  it("has them apart where groups are others, and matches those of one name", () => {
    const row = table({ groups: ["f", "m"] }, { groups: ["f", "m", "x"] });
    expect(row("Accuracy, largest difference between groups")).toBeUndefined();
    expect(row("Accuracy, largest difference between groups (as in A)")).toEqual([gap, "other groups"]);
    expect(row("Accuracy, least ratio between groups (as in B)")).toEqual([
      "other groups",
      expect.any(String),
    ]);
    expect(row("Accuracy of f")).toEqual([expect.stringContaining("%"), expect.stringContaining("%")]);
    expect(row("Worst recall of x")?.[0]).toBe("no such group");
  });

  it("has nothing side by side that is over other classes", () => {
    const row = table({ groups: ["f", "m"] }, { groups: ["f", "m"], classes: ["cat", "dog", "fox"] });
    expect(row("Worst recall of f (as in A)")?.[1]).toBe("other classes");
    expect(row("Mean recall of all (as in B)")?.[0]).toBe("other classes");
  });

  it("says so of a run without groups, and is empty where none has any", () => {
    expect(table({ groups: ["f", "m"] }, {})("Accuracy of f")).toEqual([
      expect.stringContaining("%"),
      "no groups",
    ]);
    expect(runsGroupsTable(pair({}, {}), "test").rows).toEqual([]);
  });
});
