import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { helpedClasses, helpedSentence } from "../../src/webview/model/helped.ts";
import { gainText } from "../../src/webview/model/pairs.ts";
import { gainPerCycle } from "../../src/words/cycles.ts";
import { share } from "../../src/words/numbers.ts";
import { launchChromium, type PanelPage } from "../support/chromium.ts";
import { gainOfFolder, openWith, snapshotOf } from "./openPanel.ts";
import { syntheticGain, syntheticRun } from "./syntheticRun.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const real = () => snapshotOf(inject("realRunFolder"));
const readout = (page: PanelPage) => page.page.locator(".readout").first().textContent();

describe("the gain panel of a real run", () => {
  it("reads out cells with the numbers of gain.bin", async () => {
    const snapshot = real();
    const page = await openWith(browser, "gain", snapshot);
    await page.page.getByRole("combobox").first().click();
    await page.page.getByRole("option", { name: "Configuration" }).click();
    await page.page.locator("canvas").first().focus();
    await page.page.keyboard.press("ArrowDown");
    await page.page.keyboard.press("ArrowRight");
    const cycle = Number((await page.waitForPosted("gain")).cycle);
    const { gain, policy } = gainOfFolder(snapshot, cycle);
    const [first, second] = snapshot.run.classes;
    const drawn = policy[1] === 0 ? "never drawn" : `drawn ${share(policy[1] ?? 0)} of the time`;
    await expect
      .poll(() => readout(page))
      .toBe(
        `${first} mixed with 20\u202f% ${second}: ${gainText(gain[1] ?? 0, gainPerCycle(snapshot.history, cycle))}, ${drawn}.`,
      );
    await page.close();
  });

  it("opens at the kept head, and says by class what its cycle was predicted to bring, as the audit has it", async () => {
    const snapshot = real();
    const page = await openWith(browser, "gain", snapshot);
    const cycle = Number((await page.waitForPosted("gain")).cycle);
    const record = snapshot.history.find((each) => each.cycle === cycle);
    expect(record?.step).toBe(snapshot.result?.bestStep);
    await page.page.getByText(`step ${record?.step}, kept`).waitFor();
    const { gain, policy } = gainOfFolder(snapshot, cycle);
    const scale = gainPerCycle(snapshot.history, cycle) ?? 0;
    const together = gain.reduce((sum, value, at) => sum + scale * value * (policy[at] ?? 0), 0);
    // float16 in the file.
    expect(together).toBeCloseTo(record?.predictedChange ?? 0, 4);
    const helped = helpedClasses(snapshot.run.classes, { cycle, gain, policy }, scale);
    expect(helped.reduce((sum, { change }) => sum + (change ?? 0), 0)).toBeCloseTo(together, 4);
    const items = await page.page.locator(".pairs > li").allTextContents();
    expect(items.length).toBe(Math.min(8, helped.length));
    expect(items[0]).toContain(helped[0]?.name ?? "?");
    expect(items[0]).toMatch(/points per cycle, .* of the training/);
    await page.close();
  });

  it("goes back to the kept head by a button", async () => {
    const snapshot = real();
    const page = await openWith(browser, "gain", snapshot);
    const kept = page.page.getByRole("button", { name: "Kept head" });
    expect(await kept.isVisible()).toBe(false);
    await page.page.getByRole("slider").focus();
    await page.page.keyboard.press("Home");
    await kept.click();
    await page.page.getByText(`step ${snapshot.result?.bestStep}, kept`).waitFor();
    await page.close();
  });

  it("asks for the cycle that the slider is moved to, and shows it", async () => {
    const snapshot = real();
    const page = await openWith(browser, "gain", snapshot);
    await page.page.getByRole("slider").focus();
    await page.page.keyboard.press("Home");
    const { cycle } = await page.waitForPosted("gain", 1);
    expect(cycle).toBe(snapshot.history[0]?.cycle);
    await page.send({
      type: "gain",
      runFolder: snapshot.runFolder,
      cycle,
      ...gainOfFolder(snapshot, Number(cycle)),
    });
    await page.page.getByRole("heading", { name: `cycle ${cycle}` }).waitFor();
    await page.close();
  });

  it("says why a gain cannot be shown", async () => {
    const snapshot = real();
    const page = await openWith(browser, "gain", snapshot);
    await page.page.getByRole("slider").focus();
    await page.page.keyboard.press("Home");
    const { cycle } = await page.waitForPosted("gain", 1);
    await page.send({
      type: "gainFailed",
      runFolder: snapshot.runFolder,
      cycle,
      message: "gain.bin is cut short.",
    });
    await page.page.getByText("gain.bin is cut short.").waitFor();
    await page.close();
  });

  it("shows the audit of the result", async () => {
    const snapshot = real();
    const page = await openWith(browser, "gain", snapshot);
    await page.page.getByText(snapshot.result?.audit.sentence ?? "?").waitFor();
    await page.close();
  });
});

describe("the heat map", () => {
  const pixels = async (page: PanelPage) =>
    page.page
      .locator("canvas")
      .first()
      .evaluate((element) => {
        const canvas = element as HTMLCanvasElement;
        const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? {
          data: [],
        };
        let [blue, orange] = [0, 0];
        for (let at = 0; at < data.length; at += 4) {
          const [red = 0, , third = 0] = [data[at], 0, data[at + 2]];
          if (third - red > 60) blue += 1;
          if (red - third > 60) orange += 1;
        }
        return { blue, orange };
      });

  it("shows what helps and what hurts in two colours, and the policy in one", async () => {
    const snapshot = syntheticRun({ classes: 8, cycles: 3 });
    const page = await openWith(browser, "gain", snapshot, {}, (cycle) => syntheticGain(8, cycle));
    const gain = await pixels(page);
    expect(gain.blue).toBeGreaterThan(500);
    expect(gain.orange).toBeGreaterThan(500);
    await page.page.getByRole("radio", { name: "Policy" }).click();
    await page.page.getByRole("heading", { name: "Policy of class pairs" }).waitFor();
    await expect.poll(async () => (await pixels(page)).orange).toBeLessThan(50);
    await page.close();
  });

  it.each([2, 1000])("draws, zooms and reads %i classes", async (classes) => {
    const snapshot = syntheticRun({ classes, cycles: 3 });
    const page = await openWith(browser, "gain", snapshot, {}, (cycle) => syntheticGain(classes, cycle));
    await page.screenshot("light", `gain-${classes}`);
    await page.page.locator("canvas").first().focus();
    for (const key of ["ArrowDown", "+", "+", "ArrowRight", "Shift+ArrowRight", "End", "PageDown", "0"]) {
      await page.page.keyboard.press(key);
    }
    await expect.poll(() => readout(page)).toContain("mixed with");
    expect(await page.problems()).toEqual([]);
    await page.close();
  });

  it("marks what hurts by a stroke as well in high contrast", async () => {
    const snapshot = syntheticRun({ classes: 30, cycles: 3 });
    const page = await openWith(browser, "gain", snapshot, { theme: "hc-dark" }, (cycle) =>
      syntheticGain(30, cycle),
    );
    await page.screenshot("hc-dark", "gain-30");
    expect(await page.problems()).toEqual([]);
    await page.close();
  });

  it("plays through the cycles, slowly where motion is reduced", async () => {
    const snapshot = syntheticRun({ classes: 3, cycles: 3 });
    const page = await openWith(browser, "gain", snapshot, { reducedMotion: true }, (cycle) =>
      syntheticGain(3, cycle),
    );
    const { clock } = page.page;
    await clock.install();
    await clock.pauseAt(Date.now() + 60_000);
    await page.page.getByRole("button", { name: "Play" }).click();
    const { cycle } = await page.waitForPosted("gain", 1);
    expect(cycle).toBe(0);
    await page.send({ type: "gain", runFolder: snapshot.runFolder, cycle, ...syntheticGain(3, 0) });
    const asked = async () => (await page.posted()).filter(({ type }) => type === "gain").length;
    const before = await asked();
    await clock.runFor(900);
    expect(await asked()).toBe(before);
    await page.page.getByRole("heading", { name: "cycle 0" }).waitFor();
    await clock.runFor(200);
    expect((await page.waitForPosted("gain", 2)).cycle).toBe(1);
    await page.close();
  });

  it("is that of the cycle looked at before a reload", async () => {
    const snapshot = syntheticRun({ classes: 3, cycles: 5 });
    const gainOf = (cycle: number) => syntheticGain(3, cycle);
    const page = await openWith(browser, "gain", snapshot, {}, gainOf);
    await page.page.getByRole("slider").focus();
    await page.page.keyboard.press("ArrowLeft");
    await page.page.keyboard.press("ArrowLeft");
    await expect.poll(() => page.page.locator(".cycle").textContent()).toContain("2 of 4");
    const state = await page.state();
    await page.close();
    const again = await openWith(browser, "gain", snapshot, { state }, gainOf);
    await again.page.getByRole("heading", { name: "cycle 2" }).waitFor();
    await again.close();
  });
});

it("counts pairs that are hardly ever drawn in what a class is predicted to bring", () => {
  const classes = 100;
  const names = Array.from({ length: classes }, (_, k) => `class ${k}`);
  const policy = new Float32Array(classes ** 2).fill(1 / classes ** 2);
  const gain = new Float32Array(classes ** 2).fill(0.02);
  const helped = helpedClasses(names, { cycle: 0, gain, policy }, 0.5);
  expect(helped).toHaveLength(classes);
  expect(helped.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
  expect(helpedSentence(helped, 8)).toMatch(/^Together \+1(\.0+)? points? per cycle are predicted/);
});
