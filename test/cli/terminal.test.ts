import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateReport } from "../../src/cli/evaluateReport.ts";
import { controlsReport, inspectReport } from "../../src/cli/otherReports.ts";
import { progressText } from "../../src/cli/progress.ts";
import { tuneReport } from "../../src/cli/report.ts";
import { changeBar, clip, clipNames, type Screen, screenOf, widthOf, wrap } from "../../src/cli/terminal.ts";
import type { JobResult } from "../../src/protocol/engine.ts";
import { terminal } from "../../src/words/escape/sinks.ts";
import { classes, evaluation, resultOf, verdictOf } from "../support/records.ts";

const plain = (columns: number, interactive = false): Screen => ({
  columns,
  interactive,
  paint: (_style, text) => text,
});
const coloured = (columns: number): Screen => ({
  ...plain(columns, true),
  paint: (_style, text) => terminal`\u001b[1m${text}\u001b[22m`,
});
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("text for a terminal", () => {
  it("is measured in columns: colours take none, wide characters two", () => {
    expect(widthOf("\u001b[31mred\u001b[39m")).toBe(3);
    expect(widthOf("日本")).toBe(4);
    expect(widthOf("e\u0301")).toBe(1);
  });

  it("is cut to a width and says so", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (raw, width) => {
        const text = terminal.text(raw);
        const cut = clip(text, width);
        expect(widthOf(cut)).toBeLessThanOrEqual(width);
        expect(cut === text || cut.endsWith("…")).toBe(true);
      }),
    );
  });

  it("is cut at its end, and in its middle where names would look alike", () => {
    const cut = (...names: string[]) =>
      clipNames(
        names.map((name) => terminal.text(name)),
        12,
      );
    expect(cut("a class of shirts", "trousers")).toEqual(["a class of …", "trousers"]);
    expect(cut("a class of shirts / own", "a class of shirts / other")).toEqual([
      "a clas…/ own",
      "a clas…other",
    ]);
    for (const name of cut("日本日本日本日本日本 a", "日本日本日本日本日本 b"))
      expect(widthOf(name)).toBeLessThanOrEqual(12);
  });

  it("is wrapped without losing a word", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (words) => {
        const lines = wrap(terminal.text(words.join(" ")), 20, 2);
        expect(lines.join(" ").split(/ +/)).toEqual(words);
        expect(lines.every((line) => widthOf(line) <= 20)).toBe(true);
      }),
    );
  });

  it("has bars of one width, whatever the shares", () => {
    fc.assert(
      fc.property(share, share, fc.integer({ min: 1, max: 40 }), (before, after, width) => {
        const drawn = changeBar(before, after, width, plain(80));
        expect(widthOf(drawn)).toBe(width);
        expect(drawn.includes("▓") && drawn.includes("░")).toBe(false);
      }),
    );
  });

  it("is plain for a pipe", () => {
    const pipe = Object.assign(Object.create(process.stdout), { isTTY: false });
    expect(screenOf(pipe)).toMatchObject({ interactive: false, columns: 80 });
  });
});

describe("the report of a tune", () => {
  const verdict = verdictOf({ classes: ["a class with quite a long name"], bound: 0.095 });

  it.each([40, 50, 64, 80, 120])("fits %i columns, in colour and without", (columns) => {
    const result = resultOf({
      constraints: [verdict],
      warnings: ["A warning of some words that may have to be broken."],
    });
    for (const screen of [plain(columns), coloured(columns)]) {
      const paths = /\/ws\//;
      for (const line of tuneReport(result, screen).split("\n")) {
        if (!paths.test(line)) expect(widthOf(line), line).toBeLessThanOrEqual(columns);
      }
    }
  });

  it("says everything that was decided", () => {
    const text = tuneReport(resultOf({ constraints: [verdict] }), plain(100));
    for (const part of [
      "cat",
      "eel",
      "worst class",
      "+15.0",
      "coverage of a class",
      "tau 1.5",
      "wasm",
      "/.selmix/runs/x",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("shows of a thousand classes those that matter", () => {
    const names = Array.from({ length: 1000 }, (_, k) => `class ${k}`);
    const recall = names.map((_, k) => k / 1000);
    const split = {
      validation: evaluation({ recall, coverage: recall, support: recall.map(() => 5) }),
      test: null,
    };
    const buckets = names.map((name, label) => ({ label, group: null, name }));
    const text = tuneReport(resultOf({ classes: names, buckets, before: split, after: split }), plain(80));
    expect(text.split("\n").length).toBeLessThan(60);
    expect(text).toContain("class 0 ");
    expect(text).toContain("more are in result.json");
  });

  it("prints names as names: nothing in them colours, moves or hides anything", () => {
    const name = "\u001b[2Jcat\u202e\n\u009b1m";
    const result = resultOf({
      checkpoint: `/ws/${name}`,
      buckets: classes.map((_, label) => ({ label, group: null, name })),
      constraints: [{ ...verdict, classes: [name] }],
      warnings: [name],
    });
    const told = tuneReport(result, plain(200));
    expect(told.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(told).toContain("/ws/\\u{1b}[2Jcat\\u{202e}\\n\\u{9b}1m");
    expect(told.split("\n").length).toBe(
      tuneReport({ ...result, buckets: resultOf().buckets, warnings: ["x"] }, plain(200)).split("\n").length,
    );
  });

  it("leaves out classes without samples", () => {
    const split = { validation: evaluation({ recall: [0.9, null, 0.5] }), test: null };
    expect(tuneReport(resultOf({ before: split, after: split }), plain(80))).not.toMatch(/^dog/m);
  });
});

describe("the other reports", () => {
  const split = { validation: evaluation({ recall: [0.9, null, 0.5] }), test: null };
  const sure = { value: 0.9, low: 0.123, high: 1 };
  const name = "a class or group whose name is far too long for a narrow terminal";
  const evaluated: JobResult<"evaluate"> = {
    ...{ checkpoint: "c", classes, buckets: resultOf().buckets, evaluation: split, seconds: 1 },
    constraints: [verdictOf()],
    sets: {
      validation: {
        samples: 12345,
        sides: [],
        metrics: { minRecall: sure },
        classes: [
          { class: name, samples: 12345, predicted: 9, recall: sure, precision: null, f1: 1 },
          { class: "cat", samples: 0, predicted: 0, recall: null, precision: null, f1: null },
        ],
        confusion: null,
        groups: {
          minimumSupport: 10,
          metrics: [
            {
              ...{
                metric: "recallDifference",
                part: "recallDifference",
                attribute: "group",
                classes: [name],
                groups: [name, "b"],
              },
              ...{ samples: [1, 2], ...sure, unmeasured: `${name} has no samples.` },
            },
          ],
          accuracy: [{ group: name, samples: 12345, accuracy: sure }],
          recall: [],
          confusion: null,
        },
      },
      test: null,
    },
    warnings: [`${name}: a warning.`],
  };

  it("of an evaluation shows classes, metrics, bounds and groups with how sure they are", () => {
    const told = evaluateReport(evaluated, plain(100));
    expect(told).toMatch(/^a class .*90\.0 +12\.3 to 100\.0 +- +100\.0 +12345$/m);
    expect(told).toMatch(/^cat .* - +- +- +- +0$/m);
    expect(told).toMatch(/^worst class +90\.0 +12\.3 to 100\.0$/m);
    expect(told).toContain("✓ ");
    expect(told).toContain("· Recall difference of");
    expect(told).toContain("! a class or group");
  });

  it("fit their columns", () => {
    const texts = [
      evaluateReport(evaluated, plain(40)),
      controlsReport(
        { checkpoint: "c", before: split, beforeSatisfied: true, controls: [], notes: [], seconds: 1 },
        "hMean",
        plain(40),
      ),
      inspectReport(
        {
          checkpoint: "c",
          format: "safetensors",
          tensors: [
            { name: "a.very.long.name.of.a.tensor.in.a.network", shape: [10, 64], type: "F32", bytes: 1 },
          ],
          head: null,
          headProblem: "There is no head that would fit the features of this workspace.",
          candidates: [],
        },
        plain(40),
      ),
    ];
    for (const line of texts.join("\n").split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(40);
  });
});

describe("progress", () => {
  const progress = {
    phase: "tune",
    message: "tuning",
    reached: { objective: "minRecall" as const, value: 0.716 },
    step: 500,
    steps: 2000,
    runFolder: null,
  } as const;

  it("says what, how far and how long still", () => {
    const text = progressText(progress, 2, plain(100, true));
    for (const part of ["Tuning", "500/2000", "worst class 71.6\u00a0%", "6.0 s left", "━"])
      expect(text).toContain(part);
  });

  it("never wraps", () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), fc.nat(2000), (columns, step) => {
        expect(widthOf(progressText({ ...progress, step }, 1, plain(columns, true)))).toBeLessThan(columns);
      }),
    );
  });
});
