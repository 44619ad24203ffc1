import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium, PanelPage, themeNames } from "../support/chromium.ts";
import { expectAccessible, shown } from "./openPanel.ts";
import { syntheticCycle, syntheticGain, syntheticRun } from "./syntheticRun.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

it.each(["recall", "gain", "compare"] as const)(
  "the %s panel asks again when nothing of what was sent ahead came",
  async (panel) => {
    const page = await PanelPage.open(browser, panel);
    await page.waitForPosted("ready");
    await page.send({ type: "sent" });
    await page.waitForPosted("ready", 1);
    await page.send({ type: "empty", why: "nothing", message: "There is none." });
    await page.send({ type: "sent" });
    await page.send({ type: "no such message" });
    await page.waitForPosted("error");
    expect((await page.posted()).filter(({ type }) => type === "ready")).toHaveLength(2);
    await page.close();
  },
);

it("the gain panel shows the gain that comes with the run, and how often pairs are drawn when that has come", async () => {
  const page = await PanelPage.open(browser, "gain");
  const snapshot = syntheticRun({ classes: 3, cycles: 4 });
  const { gain, policy } = syntheticGain(3, 3);
  await page.send({ type: "snapshot", snapshot, gain: { cycle: 3, gain } });
  await page.page.locator("canvas[aria-label^='Gain of'][data-drawn]").waitFor();
  const trained = page.page.getByRole("region", { name: "Which classes it trains" });
  expect(await trained.isVisible()).toBe(false);
  await page.page.getByRole("radio", { name: "Policy" }).click();
  await page.send({ type: "policy", runFolder: snapshot.runFolder, cycle: 3, policy });
  await page.page.getByRole("heading", { name: "Policy of class pairs" }).waitFor();
  await trained.locator("li").first().waitFor();
  expect(await trained.locator("li").first().textContent()).toMatch(/ of the training/);
  expect((await page.posted()).map(({ type }) => type)).toEqual(["ready"]);
  await page.close();
});

describe.each(["recall", "gain"] as const)("the %s panel without a picture", (panel) => {
  it("says that there is no run yet, and offers to make one", async () => {
    const page = await PanelPage.open(browser, panel);
    await page.send({ type: "empty", why: "nothing", message: "Tune a checkpoint to see what changes." });
    await page.page.getByRole("heading", { name: "No run yet" }).waitFor();
    await page.page.getByRole("button", { name: "Tune" }).click();
    expect(await page.waitForPosted("command")).toMatchObject({ command: "tune" });
    await expectAccessible(page);
    await page.close();
  });

  it("says that it waits for a run, and then for its first cycle", async () => {
    const page = await PanelPage.open(browser, panel);
    await page.send({ type: "empty", why: "waiting", message: "The run has been asked for." });
    await page.page.getByText("The run has been asked for.").waitFor();
    await page.send({ type: "snapshot", snapshot: syntheticRun({ classes: 3, cycles: 0, finished: false }) });
    await page.page.getByRole("heading", { name: "Waiting for the first cycle" }).waitFor();
    await page.close();
  });

  it("says why a run failed, and shows the log", async () => {
    const page = await PanelPage.open(browser, panel);
    const snapshot = syntheticRun({ classes: 3, cycles: 0, finished: false, state: "failed" });
    snapshot.run.error = "features/train.safetensors holds no labels; add them.";
    await page.send({ type: "snapshot", snapshot });
    await page.page.getByText("holds no labels").waitFor();
    await page.page.getByRole("button", { name: "Show log" }).first().click();
    expect(await page.waitForPosted("command")).toMatchObject({ command: "showLog" });
    await expectAccessible(page);
    await page.close();
  });

  it("shows what a failed run had reached, under the reason", async () => {
    const page = await PanelPage.open(browser, panel);
    const snapshot = syntheticRun({ classes: 3, cycles: 5, finished: false, state: "failed" });
    snapshot.run.error = "The disk is full.";
    await page.send({ type: "snapshot", snapshot });
    await page.page.getByRole("alert").getByText("The disk is full.").waitFor();
    expect(await page.page.locator(".headline").isVisible()).toBe(true);
    await page.close();
  });

  it("says since when a run gave no sign of life", async () => {
    const page = await PanelPage.open(browser, panel);
    const snapshot = syntheticRun({ classes: 3, cycles: 5, finished: false });
    await page.send({ type: "snapshot", snapshot: { ...snapshot, updatedAt: Date.now() - 3_600_000 } });
    await page.page.getByRole("alert").getByText("No sign of life since").waitFor();
    await page.send({ type: "cycles", runFolder: snapshot.runFolder, cycles: [syntheticCycle(5, 10, 3, 3)] });
    await expect.poll(() => page.page.getByRole("alert").isVisible()).toBe(false);
    await page.close();
  });
});

describe("empty states in every theme", () => {
  it.each(themeNames)("are accessible in %s", async (theme) => {
    const page = await PanelPage.open(browser, "recall", { theme });
    await page.send({ type: "empty", why: "nothing", message: "Tune a checkpoint to see what changes." });
    await page.page.getByRole("heading", { name: "No run yet" }).waitFor();
    await page.screenshot(theme, "empty");
    await expectAccessible(page);
    expect(await page.problems()).toEqual([]);
    await page.close();
  });
});

describe("a live run", () => {
  it("takes a thousand cycles in a burst, drops none, and draws far less often", async () => {
    const page = await PanelPage.open(browser, "recall");
    const snapshot = syntheticRun({ classes: 4, cycles: 1, finished: false });
    await page.send({ type: "snapshot", snapshot });
    await shown(page);
    const cycles = Array.from({ length: 1000 }, (_, at) => syntheticCycle(at + 1, 1001, 4, 4));
    await page.page.evaluate(
      ({ runFolder, all }) => {
        for (const cycle of all) window.postMessage({ type: "cycles", runFolder, cycles: [cycle] }, "*");
      },
      { runFolder: snapshot.runFolder, all: cycles },
    );
    await expect.poll(() => page.page.locator(".status").textContent()).toContain("step 10000");
    const figure = page.page.getByRole("region", { name: "Objective over the run", exact: true });
    expect(Number(await figure.locator("canvas").getAttribute("data-drawn"))).toBeLessThan(500);
    await figure.locator("summary").click();
    await figure.getByRole("button", { name: "Table as JSON" }).click();
    const rows: { cycle: number; objective: number }[] = JSON.parse(
      String((await page.waitForPosted("export")).content),
    );
    expect(rows.map((row) => row.cycle)).toEqual(Array.from({ length: 1001 }, (_, at) => at));
    expect(rows[500]?.objective).toBe(cycles[499]?.objective);
    await page.close();
  });

  it("asks for what it missed when it is visible again, and shows it", async () => {
    const page = await PanelPage.open(browser, "recall");
    const snapshot = syntheticRun({ classes: 4, cycles: 3, finished: false });
    await page.send({ type: "snapshot", snapshot });
    await shown(page);
    await page.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.waitForPosted("ready", 1);
    await page.send({ type: "snapshot", snapshot: syntheticRun({ classes: 4, cycles: 9 }) });
    await expect.poll(() => page.page.locator(".status").textContent()).toContain("Done");
    await expect.poll(() => page.page.locator(".claim").textContent()).toContain("on test");
    await page.close();
  });

  it("asks for a snapshot when cycles are missing", async () => {
    const page = await PanelPage.open(browser, "gain");
    const snapshot = syntheticRun({ classes: 4, cycles: 3, finished: false });
    await page.send({ type: "snapshot", snapshot });
    await page.send({ type: "cycles", runFolder: snapshot.runFolder, cycles: [syntheticCycle(9, 20, 4, 4)] });
    await page.waitForPosted("ready", 1);
    await page.close();
  });

  it("reports a message it does not understand, and goes on", async () => {
    const page = await PanelPage.open(browser, "recall");
    await page.send({ type: "cycles", runFolder: 3 });
    await page.waitForPosted("error");
    await page.send({ type: "snapshot", snapshot: syntheticRun({ classes: 3, cycles: 2 }) });
    await shown(page);
    await page.close();
  });
});
