/** The scenes of the workbench: each opens without a problem, and every page has some. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { webviewEntries } from "../../scripts/webviews.ts";
import { launchChromium, PanelPage } from "../support/chromium.ts";
import { scenes } from "./scenes.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

it("there are some of every page", () => {
  expect([...new Set(scenes.map(({ panel }) => panel))].sort()).toEqual(Object.keys(webviewEntries()).sort());
});

it.each(scenes)("$panel: $name", async ({ panel, messages }) => {
  const page = await PanelPage.open(browser, panel);
  await page.waitForPosted("ready");
  const opening = await page.app.textContent();
  for (const message of messages()) await page.send(message);
  await expect.poll(() => page.app.textContent()).not.toBe(opening);
  await page.drawn();
  expect(await page.problems()).toEqual([]);
  expect((await page.posted()).filter(({ type }) => type === "error")).toEqual([]);
  await page.close();
});
