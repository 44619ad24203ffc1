/** The frontier panel in Chromium: the curve, its regions, the prices by name, and what follows the point that is looked at. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sweepRecord } from "../../src/protocol/sweep.ts";
import { comparisonOf, frontierPicture } from "../../src/webview/model/frontier.ts";
import { showCell } from "../../src/webview/shared/picture.ts";
import { cautionsOf, payersOf, pricesText, regionOf, sweepText } from "../../src/words/sweep.ts";
import { launchChromium, PanelPage, themeNames } from "../support/chromium.ts";
import { expectAccessible } from "./openPanel.ts";
import { frontierStateOf, syntheticSweep } from "./syntheticSweep.ts";

const sweep = syntheticSweep();
const frame = { width: 800, fontSize: 13, measure: (text: string) => 7 * text.length };

describe("the picture", () => {
  it("has a record that the schema takes", () => {
    expect(sweepRecord.parse(sweep)).toEqual(sweep);
  });

  it("draws every point, hatches what nobody can say and crosses what no head keeps", () => {
    const kinds = (points: number) => {
      const one = syntheticSweep();
      const items = frontierPicture({ ...one, points: one.points.slice(0, points) }, "test", 0).build(frame);
      return {
        tilted: items.filter((item) => item.kind === "line" && item.paint === "warning").length,
        marks: items.filter((item) => item.kind === "mark" && item.shape === "circle" && item.y > 60).length,
        crosses: items.filter((item) => item.kind === "mark" && item.shape === "cross").length,
      };
    };
    const [sure, some, all] = [kinds(6), kinds(8), kinds(10)];
    expect(sure).toEqual({ tilted: 0, marks: 6, crosses: 0 });
    expect(some.tilted).toBeGreaterThan(0);
    expect(all.tilted).toBeGreaterThan(some.tilted);
    expect(all).toMatchObject({ marks: 8, crosses: 2 });
  });

  it("orders bounds from above so that the eye goes from left to right", () => {
    const above = { ...sweep, swept: { ...sweep.swept, kind: "atMost" as const } };
    const reversed = {
      ...above,
      points: sweep.points.map((point, at) => ({ ...point, bound: 0.8 - at / 20 })),
    };
    const picture = frontierPicture(reversed, "test", 0);
    const places = Array.from({ length: picture.points }, (_unused, at) => picture.locate(frame, at).x);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(picture.first).toBe(9);
    expect(picture.read(9)).toContain("Point 1,");
  });

  it("says everything in its table too: points, baselines, intervals and who pays", () => {
    const table = frontierPicture(sweep, "test", 0).table();
    expect(table.rows).toHaveLength(13);
    const shown = table.rows.map((row) =>
      row.map((cell, at) => showCell(table.columns[at] ?? { key: "", label: "" }, cell)),
    );
    expect(shown[0]?.[0]).toBe("1: ≥ 40\u202f%");
    expect(shown[9]?.[1]).toBe("none found");
    expect(shown.at(-3)?.[0]).toBe("The checkpoint");
    expect(shown[3]?.at(-1)).toMatch(/^t-shirt −\d/);
  });
});

describe("the words", () => {
  it("name who pays, the most first, and nobody where nobody does", () => {
    const [first] = sweep.points;
    if (!first) throw new Error("a sweep has points");
    const payers = payersOf(sweep, first, "test");
    expect(payers[0]?.name).toBe("t-shirt");
    expect(payers[0]?.change).toBeCloseTo(
      first.test?.recall[0] === undefined ? 0 : (first.test.recall[0] ?? 0) - 0.97,
      9,
    );
    expect(pricesText(payers.filter(({ change }) => change >= 0))).toBe("nobody");
  });

  it("say where the curve ends, and that values which were chosen are too kind", () => {
    expect(sweepText(sweep)).toContain(
      "No head was found that keeps recall of every class ≥ 75.5556\u202f%.",
    );
    expect(sweep.points.map(regionOf).join(" ")).toBe(
      "keeps keeps keeps keeps keeps keeps unsure unsure infeasible infeasible",
    );
    expect(cautionsOf(sweep)).toHaveLength(2);
    expect(cautionsOf(sweep)[0]).toContain("let test judge");
    expect(cautionsOf(syntheticSweep({ test: false }))[0]).toContain("no test set");
    expect(cautionsOf({ ...sweep, confidence: 0.95 }).at(-1)).toContain("Nothing is proved here");
  });

  it("compare a point with the checkpoint, class by class", () => {
    const point = sweep.points[3];
    const comparison = point && comparisonOf(sweep, point, "test");
    expect(comparison?.buckets.map(({ before }) => before)).toEqual(sweep.references[0]?.test?.recall);
    expect(comparison?.buckets.map(({ after }) => after)).toEqual(point?.test?.recall);
    expect(comparison?.buckets[0]?.samples).toBe(1000);
  });
});

describe("the panel", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const open = async (state = frontierStateOf(sweep), options = {}) => {
    const page = await PanelPage.open(browser, "frontier", options);
    await page.waitForPosted("ready");
    await page.send({ type: "state", state });
    await page.page.locator("#app[data-state]").waitFor();
    await page.drawn();
    return page;
  };

  it.each(themeNames)("shows the strictest point that is kept, and is accessible (%s)", async (theme) => {
    const page = await open(undefined, { theme, height: 1500 });
    await page.page
      .getByRole("heading", { name: "Point 6 of 10: recall of every class ≥ 62.2222" })
      .waitFor();
    await expectAccessible(page);
    await page.screenshot(theme, "frontier");
    expect(await page.problems()).toEqual([]);
    await page.close();
  });

  it("fits a narrow column", async () => {
    const page = await open(undefined, { width: 380, height: 1700 });
    const [wide, seen] = await page.page.evaluate(() => [document.body.scrollWidth, window.innerWidth]);
    expect(wide).toBeLessThanOrEqual(seen ?? 0);
    await expectAccessible(page);
    await page.screenshot("light", "frontier-narrow");
    await page.close();
  });

  it("has room for names of many words in the narrowest column", async () => {
    const long = (name: string) => `${name}, referred to the manual underwriting department`;
    const buckets = sweep.buckets.map((bucket) => ({ ...bucket, name: long(bucket.name) }));
    const page = await open(frontierStateOf({ ...sweep, buckets }), { width: 320, height: 900 });
    const item = page.page.locator(".payers li").first();
    const [name, whole] = [await item.locator(".who").boundingBox(), await item.boundingBox()];
    expect(name?.width).toBe(whole?.width);
    const [wide, seen] = await page.page.evaluate(() => [document.body.scrollWidth, window.innerWidth]);
    expect(wide).toBeLessThanOrEqual(seen ?? 0);
    await page.close();
  });

  it("follows along the curve by keys, slider and drag: prices, standing and recalls", async () => {
    const page = await open();
    const title = page.page.locator(".point-title");
    const payers = page.page.locator(".payers li");
    const told = await payers.first().textContent();
    await page.page.getByRole("slider").focus();
    await page.page.keyboard.press("ArrowLeft");
    await expect.poll(() => title.textContent()).toContain("Point 5 of 10");
    expect(await payers.first().textContent()).not.toBe(told);
    await page.page.keyboard.press("End");
    await expect.poll(() => title.textContent()).toContain("Point 10 of 10");
    await expect.poll(() => page.page.locator(".standing").textContent()).toBe("✗ None found, by tuned bias");
    expect(await page.page.getByRole("slider").getAttribute("aria-valuetext")).toContain("none found");
    const canvas = page.page.locator("canvas").first();
    const box = await canvas.boundingBox();
    if (!box) throw new Error("the curve is drawn");
    await page.page.mouse.move(box.x + 0.3 * box.width, box.y + box.height / 2);
    await page.drawn();
    // Only looked at: the point stays.
    expect(await title.textContent()).toContain("Point 10 of 10");
    await page.page.mouse.down();
    await page.page.mouse.move(box.x + 0.35 * box.width, box.y + box.height / 2);
    await page.page.mouse.up();
    await expect.poll(() => title.textContent()).not.toContain("Point 10 of 10");
    const dragged = await title.textContent();
    await canvas.press("ArrowRight");
    await expect.poll(() => title.textContent()).not.toBe(dragged);
    expect(await page.state()).toMatchObject({ folder: "/ws/.selmix/sweeps/a", set: "validation" });
    await page.close();
  });

  it("tells the host each point that is moved to, once a frame, and asks for the recall panel", async () => {
    const page = await open();
    const looked = async () => (await page.posted()).filter(({ type }) => type === "look");
    // What is shown first was chosen by nobody: no panel is to follow it.
    expect(await looked()).toEqual([]);
    await page.page.getByRole("slider").focus();
    await page.page.keyboard.press("ArrowLeft");
    await page.waitForPosted("look");
    const folder = "/ws/.selmix/sweeps/a";
    expect(await looked()).toEqual([{ type: "look", folder, point: 4 }]);
    await page.page.getByRole("slider").evaluate((element) => {
      const slider = element as HTMLInputElement;
      for (let at = 1; at <= 10; at++) {
        slider.value = `${at}`;
        slider.dispatchEvent(new Event("input"));
      }
    });
    await page.waitForPosted("look", 1);
    await page.drawn();
    expect((await looked()).map(({ point }) => point)).toEqual([4, 9]);
    await page.page.getByText("Recall panel", { exact: true }).click();
    expect(await page.waitForPosted("showRecall")).toMatchObject({ folder, point: 9 });
    await page.close();
  });

  it("asks the host to use the point, to set its bound, and to stop", async () => {
    const page = await open();
    await page.page.getByTestId("use-point").click();
    expect(await page.waitForPosted("use")).toMatchObject({ folder: "/ws/.selmix/sweeps/a", point: 5 });
    await page.page
      .getByRole("button", { name: "Set this bound" })
      .or(page.page.getByText("Set this bound"))
      .first()
      .click();
    expect(await page.waitForPosted("setBound")).toMatchObject({ point: 5 });
    const running = { ...sweep, state: "running" as const, points: sweep.points.slice(0, 3) };
    const progress = { message: "bound 4 of 10", step: 3, steps: 10, stopping: false };
    await page.send({ type: "state", state: frontierStateOf(running, { progress }) });
    await page.drawn();
    await page.page.getByText("Bound 4 of 10").waitFor();
    expect(await page.page.getByTestId("use-point").getAttribute("disabled")).not.toBeNull();
    await page.page.getByTestId("stop-sweep").click();
    await page.waitForPosted("stop");
    await page.close();
  });

  it("counts the points that there are in what is to be known, as they come", async () => {
    const running = (count: number) => ({
      ...sweep,
      state: "running" as const,
      points: sweep.points.slice(0, count),
    });
    const progress = { message: "bound 2 of 10", step: 1, steps: 10, stopping: false };
    const page = await open(frontierStateOf(running(1), { progress }));
    await page.page.getByText("of 1 points, the strictest").waitFor();
    await page.send({ type: "state", state: frontierStateOf(running(4), { progress }) });
    await page.page.getByText("of 4 points, the strictest").waitFor({ timeout: 5000 });
    await page.close();
  });

  it("offers no head where proofs are asked for, or the workspace is not trusted", async () => {
    const proving = await open(frontierStateOf({ ...sweep, confidence: 0.95 }));
    expect(await proving.page.getByTestId("use-point").isVisible()).toBe(false);
    await proving.page.getByText("Nothing is proved here").waitFor();
    await proving.close();
    const untrusted = await open(frontierStateOf(sweep, { trusted: false }));
    expect(await untrusted.page.getByTestId("use-point").isVisible()).toBe(false);
    await untrusted.close();
  });

  it("says why there is nothing, and what failed", async () => {
    const none = await open(frontierStateOf(null));
    await none.page.getByText("No sweep yet: choose a bound").waitFor();
    await none.close();
    const failed = await open(frontierStateOf(null, { error: "The tables are gone." }));
    await failed.page.getByRole("alert").getByText("The tables are gone.").waitFor();
    await failed.close();
  });
});
