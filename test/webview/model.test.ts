import { describe, expect, it } from "vitest";
import { confusionPicture } from "../../src/webview/model/confusion.ts";
import { coveragePicture } from "../../src/webview/model/coverage.ts";
import { differencesSentence, differencesTable } from "../../src/webview/model/differences.ts";
import { knownMetrics } from "../../src/webview/model/knownMetrics.ts";
import { controlsPicture, metricsPicture } from "../../src/webview/model/methods.ts";
import { nameRuns } from "../../src/webview/model/namedRuns.ts";
import { bestPairs, pairsPicture } from "../../src/webview/model/pairs.ts";
import { objectivePicture } from "../../src/webview/model/progress.ts";
import { recallPicture } from "../../src/webview/model/recall.ts";
import { runsHeadline, runsMetricsTable } from "../../src/webview/model/runs.ts";
import { runsRecallPicture } from "../../src/webview/model/runsRecall.ts";
import { runsScatter } from "../../src/webview/model/runsScatter.ts";
import { sortBuckets } from "../../src/webview/model/sorting.ts";
import { auditPicture, multipliersPicture } from "../../src/webview/model/steering.ts";
import { MatrixView } from "../../src/webview/pictures/matrixView.ts";
import { modelCard } from "../../src/webview/report/modelCard.ts";
import { reportHtml } from "../../src/webview/report/page.ts";
import { reportRecord, runReport } from "../../src/webview/report/runReport.ts";
import { type Picture, tableToCsv } from "../../src/webview/shared/picture.ts";
import { shortenName } from "../../src/webview/shared/scene.ts";
import { changeOf, compare, scarceBuckets } from "../../src/words/comparison.ts";
import { type Headline, headline } from "../../src/words/headline.ts";
import { fromTo, percent, points } from "../../src/words/numbers.ts";
import { verdictLine } from "../../src/words/verdict.ts";
import { syntheticGain, syntheticRun } from "./syntheticRun.ts";

const frame = { width: 700, fontSize: 13, measure: (text: string) => text.length * 7 };
const narrow = { ...frame, width: 300 };

function comparisonOf(snapshot = syntheticRun({ classes: 10, cycles: 20 })) {
  const comparison = compare(snapshot, "test");
  if (comparison === null) throw new Error("no comparison");
  return { snapshot, comparison };
}

describe("the comparison", () => {
  it("takes recalls and samples of the set asked for, as they are in the result", () => {
    const { snapshot, comparison } = comparisonOf();
    const after = snapshot.result?.after.test;
    expect(comparison.buckets.map((bucket) => bucket.after)).toEqual(after?.recall);
    expect(comparison.buckets.map((bucket) => bucket.samples)).toEqual(after?.support);
  });

  it("falls back to validation where there is no test set", () => {
    const { snapshot } = comparisonOf();
    if (snapshot.result !== null) snapshot.result.after.test = null;
    expect(compare(snapshot, "test")?.split).toBe("validation");
  });

  it("is first against last cycle while the run goes on, without intervals", () => {
    const comparison = compare(syntheticRun({ classes: 4, cycles: 5, finished: false }), "test");
    expect(comparison?.live).toBe(true);
    expect(comparison?.buckets.every((bucket) => bucket.changeInterval === null)).toBe(true);
    expect(compare(syntheticRun({ classes: 4, cycles: 0, finished: false }), "test")).toBeNull();
  });

  it("sorts by worst, change, size, name and configuration; unknown comes last", () => {
    const { comparison } = comparisonOf();
    const [first, ...rest] = comparison.buckets;
    if (first === undefined) throw new Error("no buckets");
    const unknown = { ...first, before: null, after: null };
    const buckets = [unknown, ...rest];
    for (const sorting of ["worstBefore", "worstAfter", "change"] as const) {
      expect(sortBuckets(buckets, sorting).at(-1)).toBe(unknown);
    }
    const changes = sortBuckets(rest, "change").map((bucket) => Math.abs(changeOf(bucket) ?? 0));
    expect(changes).toEqual(changes.toSorted((a, b) => b - a));
    expect(sortBuckets(buckets, "size")[0]).toBe(unknown);
    expect(sortBuckets(buckets, "configuration").map((bucket) => bucket.index)).toEqual(
      buckets.map((bucket) => bucket.index),
    );
  });

  it("tells which classes have too few samples", () => {
    expect(
      scarceBuckets(comparisonOf(syntheticRun({ classes: 3, cycles: 2, samples: 5 })).comparison),
    ).toHaveLength(3);
    expect(scarceBuckets(comparisonOf().comparison)).toHaveLength(0);
  });
});

const answer = (summary: Headline | null, lead: string) =>
  summary?.answers.find((each) => each.lead === lead)?.text ?? "";

describe("the headline", () => {
  it("answers what got better, what got worse and why, with the numbers of the result", () => {
    const { snapshot, comparison } = comparisonOf();
    const summary = headline(snapshot, "test");
    const byChange = comparison.buckets.toSorted((a, b) => (changeOf(b) ?? 0) - (changeOf(a) ?? 0));
    const [most, least] = [byChange[0], byChange.at(-1)];
    if (most === undefined || least === undefined) throw new Error("no buckets");
    expect(answer(summary, "Better")).toMatch(
      new RegExp(`^${most.name} ${points(changeOf(most), 0).replace("+", "\\+")} points`),
    );
    expect(answer(summary, "Worse")).toMatch(
      new RegExp(`^${least.name} ${points(changeOf(least), 0)} points`),
    );
    const { beforeTest, afterTest } = snapshot.confusion;
    if (beforeTest === undefined || afterTest === undefined) throw new Error("no counts");
    const row = (counts: Int32Array, { index }: { index: number }) =>
      Array.from(counts.subarray(10 * index, 10 * index + 10));
    const wrong = row(beforeTest, most).map((n, label) => (label === most.label ? 0 : n));
    const takenFor = wrong.indexOf(Math.max(...wrong));
    const shares = [beforeTest, afterTest].map((counts) => (row(counts, most)[takenFor] ?? 0) / 200);
    expect(answer(summary, "Why")).toContain(
      `Fewer ${most.name} samples are taken for class ${takenFor} (${fromTo(shares[0] ?? 0, shares[1] ?? 0)})`,
    );
    expect(answer(summary, "Why")).toContain(`in exchange, more ${least.name} samples are taken for`);
  });

  it("says so when nothing got better or worse, and gives no reason then", () => {
    const { snapshot } = comparisonOf();
    if (snapshot.result !== null) snapshot.result.after = snapshot.result.before;
    const summary = headline(snapshot, "test");
    expect(answer(summary, "Better")).toBe("No class for sure.");
    expect(answer(summary, "Worse")).toBe("No class lost recall.");
    expect(answer(summary, "Why")).toBe("");
  });

  it("says the worst class, what it cost, and what a simple fix does, with the numbers of the result", () => {
    const { snapshot, comparison } = comparisonOf();
    const worst = sortBuckets(comparison.buckets, "worstBefore")[0];
    const summary = headline(snapshot, "test");
    expect(summary?.claim).toBe(snapshot.result && verdictLine(snapshot.result));
    expect(answer(summary, "Worst class")).toContain(worst?.name);
    expect(answer(summary, "Worst class")).toContain(fromTo(worst?.before ?? null, worst?.after ?? null));
    const control = snapshot.result?.controls[0]?.evaluation.test?.minRecall ?? null;
    expect(answer(summary, "Baseline")).toContain(percent(control, 1));
  });

  it("admits that a simple fix is better, and that a constraint is broken", () => {
    const { snapshot } = comparisonOf();
    const { result } = snapshot;
    if (result === null) throw new Error("no result");
    for (const control of result.controls) control.evaluation = result.after;
    result.constraints = result.constraints.map((verdict) => ({ ...verdict, satisfied: false }));
    const summary = headline(snapshot, "test");
    expect(answer(summary, "Baseline")).toContain("it does as well here");
    expect(summary?.cautions.join(" ")).toContain("overage of class 0");
  });
});

describe("pictures", () => {
  const { snapshot, comparison } = comparisonOf();
  const gain = { cycle: 19, ...syntheticGain(10, 19) };
  const made: [string, Picture | null][] = [
    ["recall", recallPicture(comparison, "worstBefore")],
    ["coverage", coveragePicture(snapshot, comparison, "name")],
    ["confusion", confusionPicture(snapshot, comparison, "difference", "size", new MatrixView(), true)],
    ["objective", objectivePicture(snapshot)],
    ["audit", auditPicture(snapshot)],
    ["multipliers", multipliersPicture(snapshot)],
    ["controls", snapshot.result === null ? null : controlsPicture(snapshot.result, "test", "minRecall")],
  ];

  it.each(made)("%s: every point is read, is where it is found, and lies in the picture", (_, picture) => {
    if (picture === null) throw new Error("no picture");
    for (const size of [frame, narrow]) {
      const height = picture.height(size);
      expect(picture.build(size, 0, height).length).toBeGreaterThan(0);
      for (let index = 0; index < picture.points; index += 1) {
        const box = picture.locate(size, index);
        expect(box.y).toBeGreaterThanOrEqual(0);
        expect(box.y + box.height).toBeLessThanOrEqual(height + 1);
        expect(picture.read(index)).not.toBe("");
        expect(picture.at(size, box.x + box.width / 2, box.y + box.height / 2)).toBeGreaterThanOrEqual(0);
      }
    }
    expect(picture.table().rows.length).toBeGreaterThan(0);
    expect(picture.sentence).toMatch(/[.!]$/);
  });

  const names = [
    "a very long class name that goes on and on and never wants to end",
    "Hyphenated-compound_identifier_with_underscores_v2",
    "x",
  ];
  const oddly = syntheticRun({ classes: 10, cycles: 20 });
  oddly.run.buckets.forEach((bucket, index) => {
    bucket.name = names[index % names.length] ?? "";
  });
  const odd = comparisonOf(oddly).comparison;
  const six = nameRuns(
    Array.from({ length: 6 }, (_, index) =>
      syntheticRun({ classes: 10, cycles: 3, runFolder: `/run ${index}` }),
    ),
  );
  const worded: [string, Picture | null][] = [
    ...made,
    ["metrics", metricsPicture(comparison, "minRecall")],
    ["gain", pairsPicture(snapshot, gain, comparison, "gain", "name", new MatrixView(), false)],
    ["long names", recallPicture(odd, "name")],
    [
      "groups",
      recallPicture(comparisonOf(syntheticRun({ classes: 5, cycles: 3, groups: 2 })).comparison, "name"),
    ],
    ["six runs", runsRecallPicture(six, "test")],
    ["scatter of six runs", runsScatter(six, "meanRecall", "minRecall", "test")],
  ];

  it.each(worded)("%s: every word lies within the picture, whole, and none over another", (_, picture) => {
    if (picture === null) throw new Error("no picture");
    for (const size of [frame, narrow]) {
      const boxes = picture.build(size, 0, picture.height(size)).flatMap((item) => {
        if (item.kind !== "text" || item.turn !== 0 || item.text === "") return [];
        const width = size.measure(item.text) * item.size;
        const left = item.x - { start: 0, middle: width / 2, end: width }[item.anchor];
        return [
          { text: item.text, left, right: left + width, y: item.y, half: (size.fontSize * item.size) / 3 },
        ];
      });
      expect(boxes.filter(({ left, right }) => left < -1 || right > size.width + 1)).toEqual([]);
      const over = boxes.flatMap((one, at) =>
        boxes
          .slice(at + 1)
          .filter((other) => other.text !== one.text)
          .filter((other) => Math.abs(one.y - other.y) < one.half + other.half)
          .filter((other) => one.left < other.right - 1 && other.left < one.right - 1)
          .map((other) => [one.text, other.text]),
      );
      expect(over).toEqual([]);
    }
  });

  it("draws a way in green only to what chance does not explain", () => {
    const better = (samples: number) => {
      const few = comparisonOf(syntheticRun({ classes: 10, cycles: 3, samples })).comparison;
      const picture = recallPicture(few, "name");
      const lines = picture.build(frame, 0, picture.height(frame)).filter((item) => item.kind === "line");
      return lines.filter(({ paint }) => paint === "better").length;
    };
    expect(better(1000)).toBeGreaterThan(0);
    expect(better(4)).toBe(0);
  });

  it("names every row, also where there is little room", () => {
    const picture = metricsPicture(comparison, "minRecall");
    if (picture === null) throw new Error("no picture");
    const words = picture
      .build(narrow, 0, picture.height(narrow))
      .flatMap((item) => (item.kind === "text" ? [item.text] : []));
    for (const name of ["Worst", "Mean recall", "Macro F1", "Accuracy"]) {
      expect(words.some((word) => word.startsWith(name))).toBe(true);
    }
  });

  it("puts groups side by side", () => {
    const grouped = comparisonOf(syntheticRun({ classes: 5, cycles: 3, groups: 2 })).comparison;
    const picture = recallPicture(grouped, "worstBefore");
    expect(picture.points).toBe(5);
    const { columns, rows } = picture.table();
    expect(columns.slice(0, 2).map(({ label }) => label)).toEqual(["Class", "Group"]);
    expect(rows).toHaveLength(15);
    expect(rows.filter((row) => row[1] === "all")).toHaveLength(5);
  });

  it("finds the best pairs as a full sort would", () => {
    const expected = Array.from(gain.gain.keys())
      .toSorted((a, b) => (gain.gain[b] ?? 0) - (gain.gain[a] ?? 0))
      .slice(0, 10);
    expect(bestPairs(gain, 10, "gain", 10).map((pair) => pair.row * 10 + pair.column)).toEqual(expected);
  });
});

describe("classes and groups", () => {
  const grouped = syntheticRun({ classes: 5, cycles: 3, groups: 2 });
  const { comparison } = comparisonOf(grouped);

  it("are told apart: classes as if there were no groups, by adding up", () => {
    expect(comparison.buckets.map(({ name }) => name)).toEqual(grouped.run.classes);
    expect(comparison.cells).toHaveLength(10);
    const counts = grouped.confusion.afterTest ?? new Int32Array();
    for (const { label, after, samples } of comparison.buckets) {
      const rows = [
        counts.subarray(10 * label, 10 * label + 5),
        counts.subarray(10 * label + 5, 10 * label + 10),
      ];
      const total = rows.flatMap((row) => [...row]).reduce((sum, each) => sum + each, 0);
      expect(samples).toBe(total);
      expect(after).toBeCloseTo(rows.reduce((sum, row) => sum + (row[label] ?? 0), 0) / total, 12);
    }
  });

  it("the headline speaks of the worst class, and on a line of its own of the worst within a group", () => {
    const told = headline(grouped, "test");
    const worst = comparison.buckets.reduce((a, b) => ((b.before ?? 2) < (a.before ?? 2) ? b : a));
    const inGroup = comparison.cells.reduce((a, b) => ((b.before ?? 2) < (a.before ?? 2) ? b : a));
    expect(told?.answers.find(({ lead }) => lead === "Worst class")?.text).toContain(
      `${worst.name}, recall `,
    );
    const line = told?.answers.find(({ lead }) => lead === "In groups")?.text;
    expect(line).toContain(`Worst was ${inGroup.name}, `);
    // What has too few samples to be judged is not named, however low it is.
    const judged = (minimumSupport: number) => {
      const { result } = grouped;
      const test = result?.after.test;
      if (!result || !test) throw new Error("no result");
      const support = test.support.map((samples, at) => (at === inGroup.index ? 3 : samples));
      const after = { ...result.after, test: { ...test, support } };
      return headline({ ...grouped, result: { ...result, after, minimumSupport } }, "test")?.answers.find(
        ({ lead }) => lead === "In groups",
      )?.text;
    };
    expect(judged(3)).toContain(`Worst was ${inGroup.name}, `);
    expect(judged(4)).not.toContain(inGroup.name);
    expect(judged(1e6)).toBe("No class has the 1000000 samples in a group that it takes to be judged.");
    const plain = headline(syntheticRun({ classes: 5, cycles: 3 }), "test");
    expect(plain?.answers.map(({ lead }) => lead)).not.toContain("In groups");
    for (const { text, lead } of told?.answers ?? [])
      if (lead !== "In groups") expect(text).not.toMatch(/group \d/);
  });

  it("a confusion is of classes, and the card lists both", () => {
    const picture = confusionPicture(grouped, comparison, "after", "worstBefore", new MatrixView(), false);
    expect(picture?.table().rows.every((row) => !String(row[0]).includes("group"))).toBe(true);
    const card = modelCard(grouped, "test") ?? "";
    expect(card).toContain("### Recall per class (test");
    expect(card).toContain("### Recall per class within groups (test");
    expect(card.indexOf("| class 0 |")).toBeLessThan(card.indexOf("| class 0 / group 0 |"));
  });

  it("runs with groups and without are compared by class, and metrics of groups are offered only with groups", () => {
    const plain = syntheticRun({ classes: 5, cycles: 3, runFolder: "/plain" });
    const rows = runsRecallPicture(nameRuns([grouped, plain]), "test").table().rows;
    expect(rows.map((row) => row[0]).toSorted()).toEqual(grouped.run.classes);
    expect(rows.every((row) => row.every((cell) => cell !== null))).toBe(true);
    expect(knownMetrics([plain])).not.toContain("minGroupRecall");
    if (!grouped.result) throw new Error("no result");
    const validation = { ...grouped.result.after.validation, minGroupRecall: 0.1 };
    const result = { ...grouped.result, after: { ...grouped.result.after, validation } };
    expect(knownMetrics([plain, { result }])).toContain("minGroupRecall");
    expect(knownMetrics([plain])).toContain("minRecall");
  });
});

describe("runs side by side", () => {
  it("says whether the order may be chance, and lists only what differed", () => {
    const one = syntheticRun({ classes: 4, cycles: 3 });
    const other = syntheticRun({ classes: 4, cycles: 3, runFolder: "/other" });
    other.run.seed = 7;
    if (!other.result?.after.test) throw new Error("no result");
    other.result.after.test.minRecall = (other.result.after.test.minRecall ?? 0) + 0.005;
    const runs = nameRuns([one, other]);
    expect(runsHeadline(runs, "test").claim).toContain("Run B has the best");
    expect(runsHeadline(runs, "test").details.join(" ")).toContain("may be chance");
    expect(differencesTable(runs).rows).toEqual([["Seed", "0", "7"]]);
    expect(differencesSentence(runs)).toBe("Asked for differently: seed (A 0, B 7).");
    expect(differencesSentence(nameRuns([one, one]))).toBe("Nothing was asked for differently.");
    expect(
      runsMetricsTable(runs, "test")
        .columns.slice(1, 3)
        .map(({ look }) => look),
    ).toEqual([
      { paint: "series1", shape: "circle" },
      { paint: "series2", shape: "square" },
    ]);
  });

  it("puts what keeps its bounds before what is better and does not", () => {
    const [one, other] = [1, 2].map((place) =>
      syntheticRun({ classes: 4, cycles: 3, runFolder: `${place}` }),
    );
    if (!one?.result?.after.test || !other?.result) throw new Error("two runs");
    one.result.after.test.minRecall = 0.99;
    one.result.constraints = one.result.constraints.map((bound) => ({
      ...bound,
      ...{ status: "missed", satisfied: false },
    }));
    const { claim, details } = runsHeadline(nameRuns([one, other]), "test");
    expect(claim).toContain("Run B has the best");
    expect(details).toContain("A keeps not every bound, and comes after those that do.");
  });

  it("tells settings in words, and what was not asked for last", () => {
    const [one, other] = [1, 2].map((place) =>
      syntheticRun({ classes: 4, cycles: 3, runFolder: `${place}` }),
    );
    if (!one?.result || !other?.result) throw new Error("two runs");
    one.run.configuration = { tuning: { steps: 10 } };
    other.run.configuration = { tuning: { steps: 20 } };
    other.run.objective = "meanRecall";
    other.result.bestStep = 1;
    const rows = differencesTable(nameRuns([one, other])).rows;
    expect(rows).toEqual([
      ["Objective", "worst-class recall", "mean recall"],
      ["Steps", "10", "20"],
      ["Kept step", "20", "1"],
    ]);
  });

  it("says what each came to: a value may be of a baseline, or of the checkpoint", () => {
    const [one, other] = ["use", "doNotUse"].map((decision) => {
      const snapshot = syntheticRun({ classes: 4, cycles: 3, runFolder: decision });
      Object.assign(snapshot.result ?? {}, { verdict: { decision, baseline: null } });
      return snapshot;
    });
    if (one === undefined || other === undefined) throw new Error("two runs");
    const { details } = runsHeadline(nameRuns([one, other]), "test");
    expect(details).toContain("Verdicts: A, Use it; B, Do not use it.");
  });
});

describe("runs that come to the same", () => {
  it("are said to, instead of calling the first one the best", () => {
    const runs = nameRuns([
      syntheticRun({ classes: 4, cycles: 3 }),
      syntheticRun({ classes: 4, cycles: 3, runFolder: "/other" }),
    ]);
    expect(runsHeadline(runs, "test").claim).toContain("Runs A and B have the same best");
    expect(runsMetricsTable(runs, "test").rows.map((row) => row.at(-1))).toContain("A and B");
    expect(runsRecallPicture(runs, "test").sentence).toBe("The recalls of the runs are the same.");
  });
});

describe("a run with hostile names", () => {
  const evil = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "' onload='alert(1)",
    "</style><script>1</script>",
    '=HYPERLINK("http://x")',
    "\r=1+1",
    " =1+1",
    "a|b\n# x",
    "[x](javascript:alert(1))",
    "\u202egnp",
    "`x`<b>",
  ];
  const kept = ["objective", "kind", "id", "state", "startedAt", "endedAt", "trigger"];
  let count = 0;
  /** Every text of a record but those that are not free. */
  function poisoned<T>(value: T, key = ""): T {
    const made: unknown =
      typeof value === "string" && !kept.includes(key)
        ? `${evil[count++ % evil.length]}${count}`
        : Array.isArray(value)
          ? value.map((each) => poisoned(each))
          : value !== null && typeof value === "object" && !ArrayBuffer.isView(value)
            ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poisoned(inner, name)]))
            : value;
    return made as T;
  }
  const snapshot = syntheticRun({ classes: 12, cycles: 5 });
  const bad = { ...snapshot, run: poisoned(snapshot.run), result: poisoned(snapshot.result) };

  it("is a report of text only, whose tables hold no formula", () => {
    const report = runReport(bad, "test", null);
    if (report === null) throw new Error("a run with a result has a report");
    const tables = report.pictures.map((picture) => tableToCsv(picture.table()));
    const page = reportHtml(report, () => "data:image/png;base64,AA", "now");
    expect(page).toContain("&#60;img src=x onerror=alert(1)&#62;");
    expect(page).not.toMatch(/<img|<script|<[a-z]+[^>]*\son\w+\s*=|<b>|\u202e/i);
    expect(tables.length).toBeGreaterThan(5);
    expect(tables.join("")).not.toMatch(/(?:^|,|\n)"?\s*[=+@]/);
  });

  it("is a model card without HTML or links, whose tables stay whole", () => {
    const card = modelCard(bad, "test") ?? "";
    expect(card).toContain("&lt;img src=x onerror=alert(1)>");
    const live = card.replace(/\\./g, "");
    expect(live).not.toMatch(/<|\]\(|`|:\/\/|\u202e/);
    for (const row of live.split("\n").filter((line) => line.startsWith("|"))) {
      expect([5, 6, 7]).toContain(row.split("|").length - 1);
    }
  });
});

describe("the model card", () => {
  it("is Markdown with the numbers of the result; odd names do not break its tables", () => {
    const { snapshot } = comparisonOf();
    const [bucket] = snapshot.run.buckets;
    if (bucket !== undefined) bucket.name = "a|b";
    const card = modelCard(snapshot, "test") ?? "";
    expect(card).toContain("a\\|b");
    expect(card).toContain(percent(snapshot.result?.after.test?.meanRecall ?? null, 1));
    expect(modelCard(syntheticRun({ classes: 3, cycles: 1, finished: false }), "test")).toBeNull();
  });

  it("says no path of this machine, no column twice, and each method's bounds only where there are some", () => {
    const { snapshot } = comparisonOf();
    const { result } = snapshot;
    if (result === null) throw new Error("a run with a result");
    result.warnings.push("/ws/features/test.npz has few rows; see /ws/checkpoints/epoch_12.safetensors.");
    const card = modelCard(snapshot, "test") ?? "";
    expect(card).not.toContain("/ws/");
    expect(card).toContain("features/test.npz has few rows; see checkpoints/epoch");
    for (const head of card.split("\n").filter((_, at, all) => /^\| ---/.test(all[at + 1] ?? ""))) {
      const columns = head.split("|").map((column) => column.trim());
      expect(new Set(columns.slice(1, -1)).size).toBe(columns.length - 2);
    }
    expect(card).toMatch(/\| Method .*\| Constraints \|/);
    const free = modelCard({ ...snapshot, result: { ...result, constraints: [] } }, "test") ?? "";
    expect(free).not.toContain("Constraints |");
  });
});

describe("the report", () => {
  it("says no path of this machine either, and has every picture's table as data", () => {
    const { snapshot } = comparisonOf();
    const report = runReport(snapshot, "test", null);
    if (report === null) throw new Error("a run with a result has a report");
    const record = reportRecord(report);
    expect(JSON.stringify(record)).not.toContain("/ws/");
    expect(record.tables.map(({ title }) => title)).toEqual(report.pictures.map(({ title }) => title));
    expect(record.metrics["test/minRecall"]).toBe(snapshot.result?.after.test?.minRecall);
    expect(record.metrics["test/minRecall_before"]).toBe(snapshot.result?.before.test?.minRecall);
  });
});

describe("names in pictures", () => {
  const width = (name: string) => frame.measure(name);

  it("lose letters of the class, never of the group", () => {
    expect(shortenName("dermatofibroma / dark", width("dermatofibroma / dark") - 30, frame)).toMatch(
      /^dermat\w*… \/ dark$/,
    );
    expect(shortenName("shirt / a", 200, frame)).toBe("shirt / a");
    expect(shortenName("shirt", width("sh…"), frame)).toBe("sh…");
  });

  it("are whole over the small plots of multipliers, of which those are shown that mattered", () => {
    const { snapshot } = comparisonOf(syntheticRun({ classes: 12, cycles: 20, groups: 2 }));
    const picture = multipliersPicture(snapshot);
    if (picture === null) throw new Error("a run with multipliers");
    for (const size of [frame, narrow]) {
      const told = picture.build(size).flatMap((item) => (item.kind === "text" ? [item.text] : []));
      expect(told.some((each) => each.includes("…"))).toBe(false);
      expect(told.filter((each) => each.startsWith("at most"))).toHaveLength(9);
      for (const item of picture.build(size))
        if (item.kind === "text" && item.anchor === "start")
          expect(item.x + size.measure(item.text) * item.size).toBeLessThanOrEqual(size.width + 1);
    }
    expect(picture.sentence).toContain("others mattered less");
    const [first, below] = [picture.step(0, "ArrowRight"), picture.step(1, "ArrowDown")];
    expect([first, below]).toEqual([1, 21]);
    const box = picture.locate(frame, 25);
    expect(picture.at(frame, box.x + box.width / 2, box.y + 5)).toBe(25);
  });
});
