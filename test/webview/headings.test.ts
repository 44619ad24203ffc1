/** Plots beside each other: what stands above each has room there. */
import { expect, it } from "vitest";
import { nameRuns } from "../../src/webview/model/namedRuns.ts";
import { MultiplesPicture } from "../../src/webview/pictures/multiples.ts";
import { RowsPicture } from "../../src/webview/pictures/rows.ts";
import { syntheticRun } from "./syntheticRun.ts";

const letter = 7;
const frame = { width: 900, fontSize: 13, measure: (text: string) => letter * text.length };
/** Of DejaVu Sans and Segoe UI, as a browser measures them. */
const boldIsWider = 1.15;

it("has the whole name in bold, on lines that end before the next plot, and under it what it comes to", () => {
  const names = [
    "Declined: insufficient documented income history",
    "Approved",
    "Referred to the manual department",
  ];
  const items = new MultiplesPicture({
    ...{ title: "", fileStem: "", sentence: "", xLabel: "step", chosen: null, x: [0, 1, 2] },
    plots: names.map((name) => ({ name, told: "at most 1", values: [0, 1, 2] })),
    show: (value) => `${value}`,
    read: () => "",
    table: () => ({ caption: "", columns: [], rows: [] }),
  }).build(frame);
  const bold = items.flatMap((item) => (item.kind === "text" && item.bold ? [item] : []));
  expect(bold.map(({ text }) => text).join(" ")).toBe(names.join(" "));
  const starts = [...new Set(bold.map(({ x }) => x))];
  expect(starts).toHaveLength(3);
  const pitch = (starts[1] ?? 0) - (starts[0] ?? 0);
  for (const { text } of bold) expect(boldIsWider * letter * text.length).toBeLessThan(pitch);
  const told = items.filter((item) => item.kind === "text" && item.text === "at most 1");
  expect(told.map((item) => item.kind === "text" && item.bold)).toEqual([false, false, false]);
});

it("has names of columns that end before the next column", () => {
  const cell = [{ series: 0, value: 0.5, low: null, high: null }];
  const columns = ["all", "customers of partner branches", "own customers of the bank"];
  const look = { label: "before", paint: "before", shape: "circle", filled: true, dash: [] } as const;
  const items = new RowsPicture({
    ...{ title: "", fileStem: "", sentence: "", looks: [look], columns, low: 0, high: 1, intervals: false },
    rows: [
      {
        ...{ name: "shirt", tag: "", bounds: [], text: "gap 1", paint: "muted" },
        ...{ cells: columns.map(() => cell), reading: () => "" },
      },
    ],
    ...{ show: (value: number) => `${value}`, connect: "none" },
    table: () => ({ caption: "", columns: [], rows: [] }),
  }).build(frame, 0, 500);
  const bold = items.flatMap((item) => (item.kind === "text" && item.bold ? [item] : []));
  expect(bold.map(({ text }) => text.slice(0, 3))).toEqual(["all", "cus", "own"]);
  bold.forEach(({ text, x }, at) => {
    const end = bold[at + 1]?.x ?? frame.width;
    expect(x + boldIsWider * letter * text.length).toBeLessThan(end);
  });
});

it("has legends of runs that say what sets them apart, however long their checkpoint is called", () => {
  const runs = [0, 7].map((seed) => {
    const snapshot = syntheticRun({ classes: 3, cycles: 1 });
    const checkpointName = "credit-decision-logistic-regression-2026-11";
    return { ...snapshot, run: { ...snapshot.run, checkpointName, seed } };
  });
  expect(nameRuns(runs).map(({ look }) => look.label)).toEqual([
    "A: credit-decisio…ssion-2026-11, worst-class recall, seed 0",
    "B: credit-decisio…ssion-2026-11, worst-class recall, seed 7",
  ]);
});
