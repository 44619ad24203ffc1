/** The recall panel in Chromium while it follows the frontier: a point of a sweep in place of the run, and the way back. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium, PanelPage, themeNames } from "../support/chromium.ts";
import { expectAccessible, openWith } from "./openPanel.ts";
import { syntheticRun } from "./syntheticRun.ts";
import { syntheticSweep } from "./syntheticSweep.ts";

const sweep = syntheticSweep();
const run = syntheticRun({ classes: 4, cycles: 3 });

/** A point as the host sends it. @param kept whether a run is kept of it */
function pointOf(at: number, kept: boolean, of = sweep) {
  const point = of.points[at];
  if (point === undefined) throw new Error("the sweep has the point");
  return { type: "point", point: { sweep: { ...of, points: [point] }, at, run: kept ? run : null } };
}

describe("the recall panel of a point", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const tableOf = async (page: PanelPage) => {
    const button = page.page.getByRole("button", { name: "Recall per class as a table" });
    if ((await button.getAttribute("aria-pressed")) !== "true") await button.click();
    return page.page.getByRole("table").first().locator("tbody tr").allTextContents();
  };

  it.each(themeNames)(
    "names the point, its bound and how it stands, and is accessible (%s)",
    async (theme) => {
      const page = await openWith(browser, "recall", run, { theme, height: 1200 });
      await page.send(pointOf(5, true));
      await page.page.getByText("Point 6 of 10: recall of every class ≥ 62.2222").waitFor();
      await page.page.getByText("✓ Holds, by tuned bias").waitFor();
      await page.page.getByText("a point of the frontier, in place of the run").waitFor();
      await expectAccessible(page);
      await page.screenshot(theme, "recall-point");
      expect(await page.problems()).toEqual([]);
      await page.close();
    },
  );

  it("offers the way back, and nothing that would be done to the run that it hides", async () => {
    const page = await openWith(browser, "recall", run);
    const follow = page.page.getByRole("checkbox", { name: "Follow the newest run" });
    await follow.waitFor();
    const back = page.page.getByText("Back to the run", { exact: true });
    expect(await back.isVisible()).toBe(false);
    await page.send(pointOf(5, true));
    await back.waitFor();
    for (const hidden of ["Use this run…", "Discard this run", "Save report", "Why: gain panel"])
      expect(await page.page.getByText(hidden, { exact: true }).isVisible(), hidden).toBe(false);
    expect(await follow.isVisible()).toBe(false);
    await back.click();
    await page.waitForPosted("backToRun");
    await page.send({ type: "snapshot", snapshot: run });
    await follow.waitFor();
    expect(await back.isVisible()).toBe(false);
    await page.close();
  });

  it("shows what the sweep wrote of a point that keeps no run, and moves on with the next", async () => {
    const page = await PanelPage.open(browser, "recall");
    await page.waitForPosted("ready");
    const running = { ...sweep, state: "running" as const };
    await page.send(pointOf(2, false, running));
    await page.page.getByText("comes when the sweep is done").waitFor();
    const [first] = await tableOf(page);
    expect(first).toMatch(/^shirt/);
    for (const name of ["Headline metrics", "Confusion", "Coverage per class", "How this run came about"])
      expect(await page.page.getByRole("region", { name, exact: true }).isVisible(), name).toBe(false);
    await page.send(pointOf(4, false, running));
    await page.page.getByText("Point 5 of 10").waitFor();
    await expect.poll(async () => (await tableOf(page))[0]).not.toBe(first);
    await page.send(pointOf(4, true));
    await page.page.getByRole("region", { name: "Headline metrics", exact: true }).waitFor();
    await page.page.getByRole("region", { name: "How this run came about" }).waitFor();
    const own = { ...sweep, points: sweep.points.map((point) => ({ ...point, kept: false })) };
    await page.send(pointOf(0, false, own));
    await page.page.getByText("the checkpoint's own").waitFor();
    await page.close();
  });
});
