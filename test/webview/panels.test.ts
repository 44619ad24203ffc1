import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { launchChromium, PanelPage, themeNames } from "../support/chromium.ts";
import { expectAccessible, openWith, panelNames, shown, snapshotOf } from "./openPanel.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const real = () => snapshotOf(inject("realRunFolder"));

describe.each(panelNames)("the %s panel", (panel) => {
  it.each(themeNames)("is accessible, with all tables open, in %s, and breaks no policy", async (theme) => {
    const page = await openWith(browser, panel, real(), { theme });
    await page.screenshot(theme, panel);
    for (const toggle of await page.page.getByRole("button", { name: "as a table" }).all())
      await toggle.click();
    await expectAccessible(page);
    expect(await page.problems()).toEqual([]);
    await page.close();
  });

  it("fits 320 pixels", async () => {
    const page = await openWith(browser, panel, real(), { width: 320 });
    await page.screenshot("light", `${panel}-narrow`);
    const wide = await page.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wide).toBe(0);
    await expectAccessible(page);
    await page.close();
  });

  it("draws with the new colours when the theme changes", async () => {
    const page = await openWith(browser, panel, real(), { theme: "light" });
    const canvas = page.page.locator("canvas").first();
    const corner = () => canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL());
    const before = await corner();
    await page.setTheme("dark");
    await expect.poll(corner).not.toBe(before);
    expect(await page.problems()).toEqual([]);
    await page.close();
  });

  it("reads out points by arrow keys, from the keyboard alone", async () => {
    const page = await openWith(browser, panel, real());
    await page.page.locator("canvas").first().focus();
    const readout = page.page.locator(".readout").first();
    await page.page.keyboard.press("ArrowDown");
    await expect.poll(() => readout.textContent()).not.toBe("");
    const first = await readout.textContent();
    await page.page.keyboard.press("ArrowDown");
    await expect.poll(() => readout.textContent()).not.toBe(first);
    await page.page.keyboard.press("Escape");
    await expect.poll(() => readout.textContent()).toBe("");
    await page.close();
  });

  it("exports pictures with resolved colours and tables with raw numbers", async () => {
    const page = await openWith(browser, panel, real());
    const menu = page.page.locator(".menu").first();
    const choose = async (label: string, skip: number) => {
      await menu.locator("summary").click();
      await menu.getByRole("button", { name: label }).click();
      return page.waitForPosted("export", skip);
    };
    const svg = await choose("Picture as SVG", 0);
    expect(svg.fileName).toMatch(/\.svg$/);
    expect(svg.content).toContain("<svg");
    expect(svg.content).not.toContain("var(");
    const size = await page.page.evaluate(async (source) => {
      const image = new Image();
      image.src = `data:image/svg+xml,${encodeURIComponent(String(source))}`;
      await image.decode();
      return [image.width, image.height];
    }, svg.content);
    expect(Math.min(...size)).toBeGreaterThan(100);
    const png = await choose("Picture as PNG", 1);
    expect(png.fileName).toMatch(/\.png$/);
    const csv = await choose("Table as CSV", 2);
    expect(String(csv.content).split("\r\n").length).toBeGreaterThan(5);
    const json = await choose("Table as JSON", 3);
    expect(JSON.parse(String(json.content)).length).toBe(String(csv.content).trim().split("\r\n").length - 1);
    expect(await page.problems()).toEqual([]);
    await page.close();
  });

  it("keeps the run and the user's choices through a reload", async () => {
    const page = await openWith(browser, panel, real());
    const kept = await page.state();
    expect(kept).toMatchObject({ runFolders: expect.arrayContaining([real().runFolder]) });
    await page.close();
  });
});

describe("a choice", () => {
  it("survives a reload", async () => {
    const page = await openWith(browser, "recall", real());
    await page.page.getByRole("radio", { name: "Validation" }).click();
    const title = page.page.getByRole("heading", { name: "Recall per class" });
    await expect.poll(() => title.textContent()).toContain("validation");
    const state = await page.state();
    await page.close();
    const again = await openWith(browser, "recall", real(), { state });
    await expect
      .poll(() => again.page.getByRole("heading", { name: "Recall per class" }).textContent())
      .toContain("validation");
    await again.close();
  });

  it("of another version is ignored", async () => {
    const page = await PanelPage.open(browser, "recall", { state: { view: 3, sorting: ["?"] } });
    await page.send({ type: "snapshot", snapshot: real() });
    await shown(page);
    expect(await page.problems()).toEqual([]);
    await page.close();
  });
});

describe("a panel that follows the newest run", () => {
  it("shows that it does, keeps it through a reload, and goes where the host leads", async () => {
    const page = await openWith(browser, "recall", real());
    await page.send({ type: "following", on: true });
    const box = page.page.getByRole("checkbox", { name: "Follow the newest run" });
    await page.page.waitForFunction(() => document.querySelector("vscode-checkbox[aria-checked=true]"));
    expect(await page.state()).toMatchObject({ following: true });

    const next = real();
    await page.send({
      type: "snapshot",
      snapshot: {
        ...next,
        runFolder: `${next.runFolder}-2`,
        run: { ...next.run, checkpoint: "/ws/epoch-11.pt" },
      },
    });
    await page.page.locator(".page-head", { hasText: "epoch-11.pt" }).waitFor();
    expect(await page.state()).toMatchObject({ runFolders: [`${next.runFolder}-2`] });

    await box.click();
    expect(await page.waitForPosted("follow")).toMatchObject({ on: false });
    await expectAccessible(page);
    await page.close();
  });
});
