import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { RunSnapshot } from "../../src/protocol/panels.ts";
import { launchChromium, PanelPage, themeNames } from "../support/chromium.ts";
import { expectAccessible, openWith, panelNames, shown, snapshotOf } from "./openPanel.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/**
 * Draws both exports of a picture and looks at blocks of 16 x 16 pixels, in which the edges of letters make no difference.
 * `inked` is the share of blocks that the SVG colours, `differing` the share that the PNG colours otherwise.
 */
function comparePictures(
  page: PanelPage,
  svg: string,
  png: unknown,
): Promise<{ inked: number; differing: number }> {
  return page.page.evaluate(
    async ({ source, bytes }) => {
      const load = async (address: string) => {
        const image = new Image();
        image.src = address;
        await image.decode();
        return image;
      };
      const drawn = (image: CanvasImageSource, width: number, height: number) => {
        const canvas = new OffscreenCanvas(width, height);
        const context = canvas.getContext("2d");
        if (context === null) throw new Error("no canvas");
        context.imageSmoothingQuality = "high";
        context.drawImage(image, 0, 0, width, height);
        return { canvas, pixels: () => context.getImageData(0, 0, width, height).data };
      };
      const one = await load(`data:image/svg+xml,${encodeURIComponent(source)}`);
      const other = await load(
        URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type: "image/png" })),
      );
      const [a, b] = [one, other].map((image) => {
        const { canvas } = drawn(image, one.width, one.height);
        return drawn(canvas, Math.round(one.width / 16), Math.round(one.height / 16)).pixels();
      });
      if (a === undefined || b === undefined) throw new Error("two pictures");
      const apart = (at: number, than: (channel: number) => number) =>
        [0, 1, 2].some((channel) => Math.abs((a[at + channel] ?? 0) - than(channel)) > 16);
      let [inked, differing] = [0, 0];
      for (let at = 0; at < a.length; at += 4) {
        if (apart(at, (channel) => a[channel] ?? 0)) inked += 1;
        if (apart(at, (channel) => b[at + channel] ?? 0)) differing += 1;
      }
      return { inked: (4 * inked) / a.length, differing: (4 * differing) / a.length };
    },
    { source: svg, bytes: Object.values(png as Record<string, number>) },
  );
}

const real = () => snapshotOf(inject("realRunFolder"));

/** The run with names of classes that no line can be broken in. */
function withLongNames(snapshot: RunSnapshot): RunSnapshot {
  for (const [index, bucket] of snapshot.run.buckets.entries())
    bucket.name = `${"unbroken_".repeat(9)}${index}`;
  snapshot.run.classes = snapshot.run.buckets.map(({ name }) => name);
  return snapshot;
}

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

  it.each(["as they are", "that never end"])("fits 320 pixels, with names %s", async (kind) => {
    const page = await openWith(browser, panel, kind === "as they are" ? real() : withLongNames(real()), {
      width: 320,
    });
    if (kind === "as they are") await page.screenshot("light", `${panel}-narrow`);
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
    const png = await choose("Picture as PNG", 1);
    expect(png.fileName).toMatch(/\.png$/);
    const { inked, differing } = await comparePictures(page, String(svg.content), png.content);
    expect(inked).toBeGreaterThan(0.05);
    expect(differing).toBeLessThan(0.005);
    const csv = await choose("Table as CSV", 2);
    const json = await choose("Table as JSON", 3);
    const records: Record<string, unknown>[] = JSON.parse(String(json.content));
    const lines = String(csv.content).trim().split("\r\n").slice(1);
    expect(lines.length).toBeGreaterThan(5);
    expect(lines).toEqual(records.map((record) => Object.values(record).join(",")));
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
        run: { ...next.run, checkpoint: "/ws/epoch-11.pt", checkpointName: "epoch-11" },
      },
    });
    await page.page.locator(".page-head", { hasText: "epoch-11" }).waitFor();
    expect(await page.state()).toMatchObject({ runFolders: [`${next.runFolder}-2`] });

    await box.click();
    expect(await page.waitForPosted("follow")).toMatchObject({ on: false });
    await expectAccessible(page);
    await page.close();
  });
});
