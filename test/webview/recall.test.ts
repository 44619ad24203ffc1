import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { fromTo, percent } from "../../src/words/numbers.ts";
import { launchChromium, screenshotPath } from "../support/chromium.ts";
import { expectNoViolations, gainOfFolder, openWith, snapshotOf } from "./openPanel.ts";
import { syntheticRun } from "./syntheticRun.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const real = () => snapshotOf(inject("realRunFolder"));

describe("the recall panel of a real run", () => {
  it("opens with the verdict, then the worst class before and after, as result.json has them", async () => {
    const snapshot = real();
    const before = snapshot.result?.before.test;
    const after = snapshot.result?.after.test;
    if (!before || !after) throw new Error("the example has a test set");
    const worst = before.recall.indexOf(before.minRecall ?? null);
    const page = await openWith(browser, "recall", snapshot);
    const claim = (await page.page.locator(".claim").textContent()) ?? "";
    expect(claim).toBe(snapshot.result?.verdict?.sentence);
    const answers = (await page.page.locator(".answers").textContent()) ?? "";
    expect(answers).toContain(snapshot.run.classes[worst]);
    expect(answers).toContain(fromTo(before.minRecall ?? null, after.recall[worst] ?? null));
    await page.close();
  });

  it("is taken up and taken back with a click, beside what became of it", async () => {
    const snapshot = real();
    const [copy] = snapshot.run.copies ?? [];
    expect(copy?.output).toBe(snapshot.result?.output);
    const page = await openWith(browser, "recall", { ...snapshot, inPlace: true });
    const commands = async () =>
      (await page.posted()).flatMap((message) => (message.type === "command" ? [message.command] : []));
    const place = path.relative(path.dirname(snapshot.run.configurationPath), copy?.output ?? "");
    expect(await page.page.getByText(`written to ${place}`).isVisible()).toBe(true);
    // What is in its place already need not be put there.
    const use = page.page.getByRole("button", { name: "Use this run…" });
    expect(await use.isVisible()).toBe(false);
    await page.page.getByRole("button", { name: "Discard this run" }).click();
    const run = { ...snapshot.run, copies: undefined, discardedAt: snapshot.run.startedAt };
    await page.send({ type: "snapshot", snapshot: { ...snapshot, run, inPlace: false } });
    await page.page.getByText("discarded", { exact: true }).waitFor();
    expect(await page.page.getByRole("button", { name: "Discard this run" }).isVisible()).toBe(false);
    await use.click();
    expect(await commands()).toEqual(["discardRun", "useRun"]);
    await page.close();
  });

  it("has a table twin with the recalls of result.json", async () => {
    const snapshot = real();
    const page = await openWith(browser, "recall", snapshot);
    await page.page.getByRole("button", { name: "Recall per class as a table" }).click();
    const rows = await page.page.getByRole("table").first().locator("tbody tr").all();
    expect(rows).toHaveLength(snapshot.run.buckets.length);
    for (const row of rows) {
      const [name, ...cells] = await row.locator("th, td").allTextContents();
      const index = snapshot.run.buckets.findIndex((bucket) => bucket.name === name);
      expect(cells[0]).toBe(percent(snapshot.result?.before.test?.recall[index] ?? null, 1));
      expect(cells[3]).toBe(percent(snapshot.result?.after.test?.recall[index] ?? null, 1));
    }
    await page.close();
  });

  it("shows the controls that were run beside SelMix", async () => {
    const snapshot = real();
    const page = await openWith(browser, "recall", snapshot);
    await page.page.getByRole("button", { name: "SelMix beside its controls as a table" }).click();
    const names = await page.page.getByRole("table").first().locator("tbody th").allTextContents();
    for (const control of snapshot.result?.controls ?? []) expect(names).toContain(control.name);
    expect(names).toContain("SelMix");
    await page.close();
  });

  it("saves a report that opens by itself, with every picture, no script and nothing from outside", async () => {
    const snapshot = real();
    const page = await openWith(browser, "recall", snapshot);
    await page.page.getByRole("button", { name: "Save report" }).click();
    const { cycle } = await page.waitForPosted("gain");
    await page.send({
      type: "gain",
      runFolder: snapshot.runFolder,
      cycle,
      ...gainOfFolder(snapshot, Number(cycle)),
    });
    const { content, fileName } = await page.waitForPosted("export");
    expect(fileName).toMatch(/\.html$/);
    const html = String(content);
    expect(html).not.toContain("<script");
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    const claim = await page.page.locator(".claim").textContent();
    // A page of its own: what a reviewer opens has neither our policy nor our styles.
    const report = await browser.newPage({ viewport: { width: 1000, height: 800 } });
    await report.setContent(html);
    expect(await report.locator(".claim").textContent()).toBe(claim);
    expect(await report.locator("svg").count()).toBeGreaterThanOrEqual(8);
    expect(await report.locator("svg image").count()).toBeGreaterThanOrEqual(3);
    await expectNoViolations(report);
    await report.screenshot({ path: screenshotPath("light", "report"), fullPage: true });
    await report.close();
    await page.close();
  });

  it("copies a section for the model card", async () => {
    const page = await openWith(browser, "recall", real());
    await page.page.getByRole("button", { name: "Copy model card" }).click();
    const { text } = await page.waitForPosted("copy");
    expect(text).toContain("| Class |");
    await page.close();
  });
});

describe("the recall panel of any run", () => {
  it("warns where a class has too few samples", async () => {
    const page = await openWith(browser, "recall", syntheticRun({ classes: 4, cycles: 3, samples: 5 }));
    await page.page.getByText("Too few samples").first().waitFor();
    await page.close();
  });

  it("shows a thousand classes, and scrolls to the one that is read", async () => {
    const page = await openWith(browser, "recall", syntheticRun({ classes: 1000, cycles: 20 }));
    const canvas = page.page.locator("canvas").first();
    await canvas.focus();
    await page.page.keyboard.press("ArrowDown");
    await page.page.keyboard.press("End");
    const scroller = page.page.locator(".scroller").first();
    await expect.poll(() => scroller.evaluate((element) => element.scrollTop)).toBeGreaterThan(10_000);
    await expect.poll(() => page.page.locator(".readout").first().textContent()).toContain("class ");
    const height = await canvas.evaluate((element) => (element as HTMLCanvasElement).height);
    expect(height).toBeLessThan(2_000);
    await page.close();
  });

  it("puts groups side by side, and stacks them when it is narrow", async () => {
    const snapshot = syntheticRun({ classes: 6, cycles: 3, groups: 2 });
    for (const width of [1000, 320]) {
      const page = await openWith(browser, "recall", snapshot, { width });
      await page.screenshot("light", `groups-${width}`);
      await page.page.locator("canvas").first().focus();
      await page.page.keyboard.press("ArrowDown");
      await expect.poll(() => page.page.locator(".readout").first().textContent()).toContain("group 1");
      expect(await page.problems()).toEqual([]);
      await page.close();
    }
  });
});
