/** The worst class over the runs: which runs are held against each other, what is said of them, and the picture in the table of runs. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resultInShort } from "../../src/project/inShort.ts";
import type { RunRow } from "../../src/protocol/runsTable.ts";
import { trendPicture, trendsOf } from "../../src/webview/runs/trend.ts";
import { linear } from "../../src/webview/shared/scale.ts";
import { runRow } from "../../src/words/runRows.ts";
import { launchChromium, PanelPage, themeNames } from "../support/chromium.ts";
import { expectAccessible, shown } from "./openPanel.ts";
import { syntheticRun } from "./syntheticRun.ts";
import { checkpointAt, row, tunedAt } from "./tableRows.ts";

const rows = Array.from({ length: 12 }, (_, place) => row(place)).reverse();
const placesOf = (runs: readonly RunRow[]) => runs.map(({ folder }) => Number(folder.split("/").at(-1)));

describe("which runs share a picture", () => {
  it("are those of one configuration, set and population, the oldest first", () => {
    const [first, ...others] = trendsOf(rows);
    expect(others).toEqual([]);
    expect(placesOf(first?.runs ?? [])).toEqual(Array.from({ length: 12 }, (_, place) => place));
    expect(first?.label).toBe("selmix.json, test: 12 runs from 2026-01-01 on");
  });

  it("others stand apart, however alike they are called; those with the newest run first", () => {
    const trends = trendsOf([
      row(1),
      row(2, { population: "two" }),
      row(3, { set: "validation" }),
      row(4, { configuration: "other/selmix.json" }),
      row(5),
    ]);
    expect(trends.map(({ runs }) => placesOf(runs))).toEqual([[1, 5], [4], [3], [2]]);
  });

  it("are none of which nothing is known: without a result, or without what they were measured on", () => {
    const unknown = [
      row(1, { worst: null }),
      row(2, { population: null }),
      row(3, { set: null, value: null }),
    ];
    expect(trendsOf(unknown)).toEqual([]);
  });
});

describe("what a run is measured on", () => {
  const of = (change: { classes?: string[]; support?: number[] }) => {
    const { result } = syntheticRun({ classes: 3, cycles: 1 });
    if (!result) throw new Error("no result");
    const { validation } = result.before;
    const measured = { ...validation, support: change.support ?? validation.support };
    return resultInShort({
      ...result,
      classes: change.classes ?? result.classes,
      before: { ...result.before, validation: measured },
    }).populations?.validation;
  };

  it("is told by the names of the classes and their samples", () => {
    const [first, second, third] =
      syntheticRun({ classes: 3, cycles: 1 }).result?.before.validation.support ?? [];
    expect(of({})).toBe(of({}));
    expect(of({ classes: ["a", "b", "c"] })).not.toBe(of({}));
    expect(of({ support: [(first ?? 0) + 1, second ?? 0, third ?? 0] })).not.toBe(of({}));
  });

  it("stands in the row, with the worst class before and after", () => {
    const { run, result } = syntheticRun({ classes: 3, cycles: 1 });
    if (!result) throw new Error("no result");
    const listed = {
      ...{ folder: "/r", pinned: false, name: "", note: "" },
      run,
      result: resultInShort(result),
    };
    const { population, worst, set } = runRow(listed, { inPlace: false, configuration: "selmix.json" });
    expect(population).toBe(resultInShort(result).populations?.[set ?? "validation"]);
    const recalls = (of: typeof result.before) =>
      (of[set ?? "validation"]?.recall ?? []).filter((recall) => recall !== null);
    expect(worst?.before.value).toBeCloseTo(Math.min(...recalls(result.before)), 12);
    expect(worst?.after.value).toBeCloseTo(Math.min(...recalls(result.after)), 12);
  });
});

describe("the picture", () => {
  const frame = { width: 700, fontSize: 13, measure: (text: string) => 7 * text.length };

  it("says the newest run, and how many are left out", () => {
    const [trend] = trendsOf(rows);
    const picture = trend && trendPicture(trend, 3);
    expect(picture?.sentence.replaceAll("\u202f", " ")).toBe(
      "12 runs, the oldest first. The checkpoint of the newest, epoch_11, has 31.0 % (25 to 38 %), its tuned head 61.5 % (55 to 69 %). 3 runs of other data, or without a result, are left out.",
    );
    expect(picture?.read(0)).toMatch(/^epoch_0, for worst-class recall, seed 0, 2026-01-01 03:04 UTC: 20\.0/);
    expect(picture?.table().rows[11]).toEqual([
      "epoch_11",
      "worst-class recall",
      ...[checkpointAt(11), checkpointAt(11) - 0.06, checkpointAt(11) + 0.07],
      ...[tunedAt(11), tunedAt(11) - 0.06, tunedAt(11) + 0.07],
      "Use it",
      "2026-01-12 03:04 UTC",
    ]);
  });

  it("needs two runs", () => {
    const [trend] = trendsOf([row(1)]);
    expect(trend && trendPicture(trend, 0)).toBeNull();
  });

  it("draws a mark for each run on both lines, and a band whose edges are the intervals", () => {
    const [trend] = trendsOf(rows);
    const items = (trend && trendPicture(trend, 0)?.build(frame)) ?? [];
    expect(items.filter(({ kind }) => kind === "mark")).toHaveLength(2 * 12 + 2);
    const bands = items.filter((item) => item.kind === "area");
    expect(bands).toHaveLength(2);
    // Two heights of known values tell the scale; every edge then lies where its value belongs.
    const heights = bands[1]?.points.filter((_, at) => at % 2 === 1) ?? [];
    const [top, bottom] = [heights[0] ?? 0, heights.at(-1) ?? 0];
    const y = linear(tunedAt(0) - 0.06, tunedAt(0) + 0.07, bottom, top);
    for (const place of [3, 7, 11]) expect(heights[place]).toBeCloseTo(y.at(tunedAt(place) + 0.07), 6);
    for (const place of [2, 9]) expect(heights[23 - place]).toBeCloseTo(y.at(tunedAt(place) - 0.06), 6);
  });

  it("has no band where intervals are not known, and a line where only one is", () => {
    const bare = (value: number) => ({ value, low: null, high: null });
    const some = [0, 1, 2].map((place) =>
      row(place, place === 1 ? {} : { worst: { before: bare(0.2), after: bare(0.5) } }),
    );
    const [trend] = trendsOf(some);
    const items = (trend && trendPicture(trend, 0)?.build(frame)) ?? [];
    expect(items.filter(({ kind }) => kind === "area")).toEqual([]);
    expect(trend && trendPicture(trend, 0)?.table().rows[0]?.slice(2, 5)).toEqual([0.2, null, null]);
  });
});

describe("in the table of runs", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const open = async (all: readonly RunRow[], options = {}) => {
    const page = await PanelPage.open(browser, "runs", options);
    await page.waitForPosted("ready");
    await page.send({ type: "rows", rows: all, columns: null });
    await shown(page);
    return page;
  };

  it.each(themeNames)("is drawn, read by keys, told as a table, and opens a run (%s)", async (theme) => {
    const page = await open(rows, { theme, height: 900 });
    await page.screenshot(theme, "runs-trend");
    const canvas = page.page.getByRole("img", { name: /Worst-class recall over the runs/ });
    await canvas.focus();
    await page.page.keyboard.press("ArrowRight");
    await page.page.keyboard.press("End");
    await page.page.getByText(/^epoch_11, for worst-class recall/).waitFor();
    await page.page.keyboard.press("Enter");
    expect(await page.waitForPosted("act")).toMatchObject({ action: "show", folder: "/ws/.selmix/runs/11" });
    await page.page.getByRole("button", { name: "Worst class over the runs as a table" }).click();
    const twin = page.page.getByRole("region", { name: "Worst-class recall over the runs (test), table" });
    await twin.getByRole("rowheader", { name: "epoch_7" }).waitFor();
    await expectAccessible(page);
    expect(await page.problems()).toEqual([]);
    await page.close();
  });

  it("is chosen where there are runs of several kinds, and is not there for one run", async () => {
    const page = await open([row(0), row(1), row(2, { population: "two" }), row(3, { population: "two" })]);
    await page.page.getByText("2 runs, the oldest first. The checkpoint of the newest, epoch_3").waitFor();
    await page.page.getByRole("combobox", { name: "Runs in the picture" }).click();
    await page.page.getByRole("option", { name: /from 2026-01-01 on/ }).click();
    await page.page.getByText("The checkpoint of the newest, epoch_1").waitFor();
    await page.close();
    const alone = await PanelPage.open(browser, "runs");
    await alone.waitForPosted("ready");
    await alone.send({ type: "rows", rows: [row(0)], columns: null });
    await alone.page.locator("tbody tr").first().waitFor();
    expect(await alone.page.locator("canvas").isVisible()).toBe(false);
    await alone.close();
  });

  it("saves its picture through the host", async () => {
    const page = await open(rows);
    await page.page.getByText("Export").click();
    await page.page.getByRole("button", { name: "Picture as SVG" }).click();
    const { fileName, content } = await page.waitForPosted("export");
    expect(fileName).toBe("worst-class-over-runs.svg");
    expect(String(content)).toMatch(/<polygon points="[^"]+" fill="[^"]+" opacity="0\.18"\/>/);
    await page.close();
  });

  it.each(themeNames)("leaves a narrow page readable: a run is a block (%s)", async (theme) => {
    const page = await open(
      rows.slice(0, 4).map((one, at) => ({
        ...one,
        ...(at === 1 && { inPlace: true, standing: "in use", name: "for the paper", note: "after cleaning" }),
        price: { who: "shirt", change: -0.031 },
      })),
      { theme, width: 420, height: 1100 },
    );
    await page.screenshot(theme, "runs-narrow");
    const wide = await page.page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(420);
    for (const cut of await page.page.locator(".table-scroll").all())
      expect(await cut.evaluate((box) => box.scrollWidth - box.clientWidth)).toBeLessThanOrEqual(1);
    await expectAccessible(page);
    await page.close();
  });
});
