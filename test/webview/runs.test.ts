/** The table of runs: orders, words looked for, and what it asks of the host. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunRow } from "../../src/protocol/runsTable.ts";
import { matches, newestFirst, ordered, runColumns } from "../../src/webview/runs/columns.ts";
import { runRow, taskRow, whatDiffers } from "../../src/words/runRows.ts";
import { launchChromium, PanelPage, themeNames } from "../support/chromium.ts";
import { expectAccessible } from "./openPanel.ts";
import { syntheticRun } from "./syntheticRun.ts";
import { syntheticSweep } from "./syntheticSweep.ts";

function listed(place: number, change: { seed?: number; name?: string; finished?: boolean } = {}) {
  const { run, result } = syntheticRun({ classes: 3, cycles: 2, finished: change.finished ?? true });
  const startedAt = `2026-01-0${place}T03:04:05.000Z`;
  return {
    ...{ folder: `/ws/.selmix/runs/${place}`, pinned: place === 2, name: change.name ?? "", note: "" },
    ...{ result, run: { ...run, seed: change.seed ?? 0, startedAt } },
  };
}
const row = (place: number, change: Partial<RunRow> = {}): RunRow => ({
  ...runRow(listed(place), { inPlace: false, configuration: "selmix.json" }),
  ...change,
});
const folders = (rows: readonly RunRow[]) => rows.map(({ folder }) => folder.at(-1)).join("");

describe("the order", () => {
  const rows = [
    row(1, { value: 0.5, tone: "bad", price: { who: "a", change: -0.2 }, objective: "mean recall" }),
    row(2, { value: null, tone: null, price: null, objective: "worst-class recall" }),
    row(3, { value: 0.9, tone: "good", price: { who: "b", change: -0.1 }, objective: "mean recall" }),
  ];

  it.each([
    ["when", true, "321"],
    ["when", false, "123"],
    ["value", true, "312"],
    ["value", false, "132"],
    ["verdict", false, "312"],
    ["price", false, "132"],
    ["objective", false, "312"],
  ])("by %s, falling: %s", (column, falling, expected) => {
    expect(folders(ordered(rows, { column, falling }))).toBe(expected);
  });

  it("has every column, and the newest first at first", () => {
    expect(folders(ordered(rows, newestFirst))).toBe("321");
    for (const { id } of runColumns) expect(ordered(rows, { column: id, falling: false })).toHaveLength(3);
  });
});

it("finds rows by all words, anywhere in them", () => {
  const one = row(1, { name: "Paper figure", note: "for the talk", pinned: true });
  expect(matches(one, "")).toBe(true);
  expect(matches(one, "talk FIGURE")).toBe(true);
  expect(matches(one, "pinned epoch_12")).toBe(true);
  expect(matches(one, "figure melanoma")).toBe(false);
});

const task = {
  id: "0123456789abcdef".repeat(3).slice(0, 40),
  ...{ checkpoint: "/ws/epoch_1.pt", checkpointName: "epoch_1", objective: "minRecall" as const },
  ...{ bound: 0.08, seed: 3, draw: null },
};
const stands = { task, folder: "/ws/.selmix/tasks/1/run", askedAt: "2026-02-01T03:04:05.000Z" };

it("tells how the tunes of a grid stand, and by what name their heads are used", () => {
  const { run, result: bare } = listed(1);
  const result = bare && { ...bare, verdict: syntheticSweep().points[0]?.verdict };
  const rows = [
    taskRow({ ...stands, state: "queued", summary: null, error: null }, "selmix.json"),
    taskRow({ ...stands, state: "failed", summary: null, error: "The disk is full." }, "selmix.json"),
    taskRow({ ...stands, state: "done", summary: { run, result }, error: null }, "selmix.json"),
  ];
  expect(rows.map(({ verdict, standing, seed }) => [verdict, standing, seed])).toEqual([
    ["queued", "of a grid", 3],
    ["failed", "The disk is full.", 3],
    ["Use tuned bias", "of a grid, 0123456789ab", run.seed],
  ]);
  expect(rows.map(({ canUse }) => canUse)).toEqual([false, false, true]);
  const drawn = { ...task, draw: 4 };
  const ofDraw = taskRow(
    { ...stands, task: drawn, state: "done", summary: { run, result }, error: null },
    "",
  );
  expect([ofDraw.standing, ofDraw.set, ofDraw.canUse]).toEqual(["draw 4 of validation", null, false]);
});

it("says what sets runs apart, and nothing that they share", () => {
  const [first, second] = whatDiffers([listed(1), listed(2, { seed: 7 })]);
  expect(first).toBe("seed 0, 2026-01-01 03:04 UTC");
  expect(second).toBe("seed 7, 2026-01-02 03:04 UTC");
  expect(whatDiffers([listed(1)])).toEqual(["2026-01-01 03:04 UTC"]);
});

describe("the panel", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const open = async (options = {}) => {
    const page = await PanelPage.open(browser, "runs", options);
    await page.waitForPosted("ready");
    await page.send({
      ...{ type: "rows", columns: null },
      rows: [
        row(1, { tone: "bad", verdict: "Do not use it", canUse: true }),
        row(2, {
          name: "for the paper",
          note: "after the data were cleaned",
          inPlace: true,
          standing: "in use",
          tone: "good",
          verdict: "Use it",
        }),
        row(3, { tone: null, verdict: "stopped", value: null, change: null, bounds: "", boundsState: "" }),
      ],
    });
    await page.page.locator("tbody tr").first().waitFor();
    return page;
  };
  const order = async (page: PanelPage) =>
    (
      await page.page
        .locator("tbody tr")
        .evaluateAll((all) => all.map((one) => one.getAttribute("data-folder")?.at(-1)))
    ).join("");

  it.each(themeNames)("is looked at, sorted and searched (%s)", async (theme) => {
    const page = await open({ theme });
    expect(await order(page)).toBe("321");
    await page.page.getByRole("button", { name: "When" }).click();
    expect(await order(page)).toBe("123");
    await expect
      .poll(() => page.page.getByRole("columnheader", { name: /When/ }).getAttribute("aria-sort"))
      .toBe("ascending");
    await expectAccessible(page);
    await page.screenshot(theme, "runs");
    await page.page.getByRole("searchbox").fill("paper");
    expect(await order(page)).toBe("2");
    await page.page.getByText("1 of 3 runs.").waitFor();
    expect(await page.state()).toEqual({ order: { column: "when", falling: false }, sought: "paper" });
    expect(await page.problems()).toEqual([]);
    await page.close();
  });

  it("asks the host for what is clicked, and compares two to six that have a result", async () => {
    const page = await open();
    const compare = page.page.getByRole("button", { name: "Compare" });
    expect(await compare.isDisabled()).toBe(true);
    await page.page.getByRole("button", { name: "Pin for the paper" }).click();
    expect(await page.waitForPosted("act")).toMatchObject({ action: "unpin", folder: "/ws/.selmix/runs/2" });
    await page.page.getByRole("button", { name: "for the paper", exact: true }).click();
    expect(await page.waitForPosted("act", 1)).toMatchObject({ action: "show" });
    await page.page.getByRole("button", { name: "Use…" }).click();
    expect(await page.waitForPosted("act", 2)).toMatchObject({ action: "use", folder: "/ws/.selmix/runs/1" });
    const ticks = page.page.getByRole("checkbox");
    expect(await ticks.nth(0).isDisabled()).toBe(true);
    await ticks.nth(1).check();
    await ticks.nth(2).check();
    await compare.click();
    expect(await page.waitForPosted("compare")).toMatchObject({
      folders: ["/ws/.selmix/runs/2", "/ws/.selmix/runs/1"],
    });
    await page.close();
  });

  it("shows the columns that are chosen, keeps the choice with the host, and orders by none that is not seen", async () => {
    const page = await open({ state: { order: { column: "price", falling: false }, sought: "" } });
    const headers = () =>
      page.page
        .getByRole("columnheader")
        .allInnerTexts()
        .then((all) => all.map((text) => text.replace(/ [▲▼]/, "")));
    const usual = [
      "Run",
      "Objective",
      "Verdict",
      "Objective now",
      "Change (points)",
      "Price (points)",
      "When",
    ];
    expect(await headers()).toEqual(usual.toSpliced(2, 0, "Bounds"));
    await page.page.getByText("Columns", { exact: true }).click();
    await page.page.getByRole("checkbox", { name: "Worst class now" }).check();
    expect(await page.waitForPosted("columns")).toMatchObject({
      columns: ["objective", "bounds", "verdict", "value", "change", "worstafter", "price", "when"],
    });
    // It stays open for the next.
    await page.page.getByRole("checkbox", { name: "Price (points)" }).uncheck();
    await page.page.getByRole("checkbox", { name: "Bounds" }).uncheck();
    await expectAccessible(page);
    await page.screenshot("light", "runs-columns");
    expect(await headers()).toEqual([...usual.slice(0, 5), "Worst class now", "When"]);
    expect(await page.state()).toEqual({ order: newestFirst, sought: "" });
    await page.page.keyboard.press("Escape");
    expect(await page.page.getByRole("checkbox", { name: "Bounds" }).isVisible()).toBe(false);
    await page.send({ type: "rows", columns: ["when"], rows: [row(1)] });
    await expect.poll(headers).toEqual(["Run", "When"]);
    await page.close();
  });

  it("keeps the focus on the column that is sorted by, and its order through a reload", async () => {
    const page = await open({ state: { order: { column: "value", falling: true }, sought: "" } });
    const sort = page.page.getByRole("button", { name: "Objective now" });
    await sort.focus();
    await page.page.keyboard.press("Enter");
    expect(await page.page.evaluate(() => document.activeElement?.textContent)).toContain("Objective now");
    await page.close();
  });

  it("shows tunes of a grid beside the runs, and offers to look at and to use those that are done", async () => {
    const rows = [
      row(1),
      taskRow({ ...stands, state: "running", summary: null, error: null }, "selmix.json"),
    ];
    const page = await open();
    await page.send({ type: "rows", columns: null, rows });
    await page.page.getByText("2 runs.").waitFor();
    const shown = page.page.locator('tr[data-folder="/ws/.selmix/tasks/1/run"]');
    expect(await shown.textContent()).toContain("running");
    expect(await shown.getByRole("button").count()).toBe(0);
    expect(await shown.getByRole("checkbox").count()).toBe(0);
    const { run, result } = listed(2);
    const done = taskRow({ ...stands, state: "done", summary: { run, result }, error: null }, "selmix.json");
    await page.send({ type: "rows", columns: null, rows: [row(1), { ...done, canUse: true }] });
    await shown.getByRole("button", { name: done.checkpoint, exact: true }).click();
    expect(await page.waitForPosted("act")).toMatchObject({ action: "show", folder: stands.folder });
    await shown.getByText("Use…", { exact: true }).click();
    expect(await page.waitForPosted("act", 1)).toMatchObject({ action: "use", folder: stands.folder });
    expect(await shown.getByRole("checkbox").count()).toBe(0);
    await page.page.getByText("Sweep a grid…", { exact: true }).click();
    await page.waitForPosted("sweepGrid");
    await expectAccessible(page);
    expect(await page.problems()).toEqual([]);
    await page.close();
  });

  it("fits a window whatever classes and groups are called", async () => {
    const price = {
      who: "Mortgage application withdrawn by customer in customers of partner branches",
      change: -0.11,
    };
    const named = {
      checkpoint: "credit-decision-logistic-regression-2026-11",
      bounds: "",
      boundsState: "",
      price,
    };
    const page = await PanelPage.open(browser, "runs", { width: 1000 });
    await page.send({ type: "rows", columns: null, rows: [{ ...row(1), ...named, canUse: true }] });
    await page.page.getByText("Use…", { exact: true }).waitFor();
    const table = page.page.getByRole("region", { name: "Runs, table" });
    const [whole, seen] = await table.evaluate(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]);
    expect(whole).toBeLessThanOrEqual(seen ?? 0);
    await page.page.setViewportSize({ width: 320, height: 800 });
    const cell = page.page.locator('td[data-column="price"]');
    const [value, around] = [await cell.locator(".value").boundingBox(), await cell.boundingBox()];
    // The values of a run stand below each other, with this one among them.
    const other = await page.page.locator('td[data-column="value"] .value').boundingBox();
    expect(value?.x).toBe(other?.x);
    expect((value?.x ?? 0) + (value?.width ?? 0)).toBeLessThanOrEqual(
      (around?.x ?? 0) + (around?.width ?? 0),
    );
    await page.close();
  });

  it("keeps what can be done with a run in sight, however wide its columns are", async () => {
    const page = await PanelPage.open(browser, "runs", { width: 920 });
    const wide = { ...row(1), canUse: true, bounds: "coverage of every class ≥ 26.6667 %", boundsState: "" };
    await page.send({ type: "rows", columns: null, rows: [wide] });
    const use = page.page.getByText("Use…", { exact: true });
    await use.waitFor();
    const table = page.page.getByRole("region", { name: "Runs, table" });
    const [whole, seen] = await table.evaluate(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]);
    expect(whole).toBeGreaterThan(seen ?? 0);
    const [button, around] = [await use.boundingBox(), await table.boundingBox()];
    expect((button?.x ?? 0) + (button?.width ?? 0)).toBeLessThanOrEqual(
      (around?.x ?? 0) + (around?.width ?? 0),
    );
    await page.close();
  });

  it("says so where there is no run", async () => {
    const page = await PanelPage.open(browser, "runs");
    await page.waitForPosted("ready");
    await page.send({ type: "rows", rows: [], columns: null });
    await page.page.getByText("No run yet").waitFor();
    await page.close();
  });
});
