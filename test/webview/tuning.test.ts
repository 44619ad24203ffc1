/** The Tuning panel of the sidebar, in Chromium, in every theme, as narrow as a sidebar gets. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TuningState } from "../../src/protocol/tuning.ts";
import { launchChromium, PanelPage, screenshotPath, themeNames } from "../support/chromium.ts";
import { expectAccessible } from "./openPanel.ts";
import { running, stateOf, states } from "./tuningStates.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

async function open(state: TuningState, height = 620, width = 320) {
  const page = await PanelPage.open(browser, "tuning", { width, height });
  await page.waitForPosted("ready");
  await page.send({ type: "state", state });
  await page.page.locator(".notice, .buttons:visible").first().waitFor();
  await page.drawn();
  return page;
}

it.each(Object.keys(states))("%s reads well in every theme, and is accessible", async (name) => {
  // Tall enough for the backend line, which the foot would cover.
  const page = await open(stateOf(states[name]), name.startsWith("backend") ? 860 : 620);
  for (const theme of themeNames) {
    await page.setTheme(theme);
    await page.page.screenshot({ path: screenshotPath(theme, `tuning-${name}`) });
    await expectAccessible(page);
  }
  const overflow = await page.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(overflow).toBe(false);
  await page.close();
});

it("shows whom a checkpoint fails before any tuning, to scale", async () => {
  const page = await open(stateOf(states.baseline), 860);
  const card = page.page.getByTestId("baseline");
  await card.getByText("more than chance explains").waitFor();
  const rows = card.locator("li");
  expect(await rows.count()).toBe(4);
  const boxOf = async (part: string) => {
    const box = await rows.first().locator(part).boundingBox();
    return box ?? { x: Number.NaN, width: Number.NaN };
  };
  const [scale, interval, point] = [await boxOf(".scale"), await boxOf(".interval"), await boxOf(".point")];
  expect((interval.x - scale.x) / scale.width).toBeCloseTo(0.312, 2);
  expect(interval.width / scale.width).toBeCloseTo(0.059, 2);
  expect((point.x + point.width / 2 - scale.x) / scale.width).toBeCloseTo(0.341, 2);
  await page.send({ type: "state", state: stateOf() });
  await card.waitFor({ state: "hidden" });
  await page.close();
});

it("sends what the user chooses, by keyboard alone", async () => {
  const page = await open(stateOf());
  const objective = page.page.getByTestId("objective");
  await objective.focus();
  await page.page.keyboard.press("ArrowDown");
  expect(await page.waitForPosted("objective")).toMatchObject({ objective: "meanRecall" });
  await page.page.getByTestId("auto-retune").focus();
  await page.page.keyboard.press("Space");
  expect(await page.waitForPosted("autoRetune")).toMatchObject({ on: false });
  await page.page.getByRole("button", { name: /^Edit: recall of t-shirt/ }).focus();
  await page.page.keyboard.press("Enter");
  expect(await page.waitForPosted("editConstraint")).toMatchObject({ index: 1 });
  await page.page.getByRole("button", { name: /^Remove: coverage/ }).click();
  expect(await page.waitForPosted("removeConstraint")).toMatchObject({ index: 0 });
  await page.page.getByTestId("tune").focus();
  await page.page.keyboard.press("Enter");
  await page.waitForPosted("tune");
  await page.close();
});

it("chooses a checkpoint, and the newest again", async () => {
  const page = await open(stateOf());
  const checkpoint = page.page.getByTestId("checkpoint");
  await checkpoint.click();
  await checkpoint.getByText("epoch_11").click();
  expect(await page.waitForPosted("checkpoint")).toMatchObject({ path: "/ws/checkpoints/epoch_11.pt" });
  await page.send({ type: "state", state: stateOf({ checkpoint: "/ws/checkpoints/epoch_11.pt" }) });
  await checkpoint.click();
  await checkpoint.getByText("Newest").last().click();
  expect(await page.waitForPosted("checkpoint", 1)).toMatchObject({ path: null });
  await page.close();
});

it("follows a tune: progress, Stop, the result; a state that arrives sends nothing back", async () => {
  const page = await open(stateOf({ progress: running }));
  const bar = page.page.getByRole("progressbar");
  await page.page.getByText("epoch_12: Step 400 of 2000").first().waitFor();
  await expect.poll(() => bar.getAttribute("aria-valuenow")).toBe("400");
  await page.page.getByTestId("stop").click();
  expect(await page.waitForPosted("command")).toMatchObject({ command: "stop" });
  await page.send({ type: "state", state: stateOf() });
  await page.page.getByText("epoch_12: Use it").first().waitFor();
  await bar.waitFor({ state: "hidden" });
  await page.page.getByRole("button", { name: "Show recall" }).click();
  expect(await page.waitForPosted("show")).toMatchObject({
    panel: "recall",
    runFolder: "/ws/.selmix/runs/a",
  });
  await page.page.getByRole("button", { name: "Discard" }).click();
  expect(await page.waitForPosted("run")).toMatchObject({
    action: "discardRun",
    runFolder: "/ws/.selmix/runs/a",
  });
  expect((await page.posted()).map(({ type }) => type)).toEqual(["ready", "command", "show", "run"]);
  await page.close();
});

it("keeps the focus while states arrive", async () => {
  const page = await open(stateOf());
  await page.page.getByTestId("objective").focus();
  await page.send({ type: "state", state: stateOf({ progress: running }) });
  await page.page.getByTestId("stop").waitFor();
  const focused = await page.page.evaluate(() => document.activeElement?.getAttribute("data-testid"));
  expect(focused).toBe("objective");
  await page.close();
});

it("offers no tune where there is nothing to tune, or no trust", async () => {
  for (const state of [stateOf({ trusted: false }), stateOf({ checkpoints: [] })]) {
    const page = await open(state);
    expect(await page.page.getByTestId("tune").isVisible()).toBe(false);
    await page.close();
  }
});

it("has one primary button in every state", async () => {
  for (const name of ["ready", "no-configuration", "no-folder", "no-checkpoint", "no-scores"]) {
    const page = await open(stateOf(states[name]));
    const primary = page.page.locator("vscode-button[appearance=primary]:visible");
    expect([name, await primary.count()]).toEqual([name, 1]);
    await page.close();
  }
});

it.each([200, 320])(
  "in a low sidebar, %i pixels wide, all can be scrolled into view above the foot",
  async (width) => {
    const page = await open(stateOf(), 290, width);
    const foot = (await page.page.locator(".work").boundingBox()) ?? { y: 0, height: Number.NaN };
    expect(foot.height).toBeLessThan(70);
    for (const name of ["Discard", "Edit: recall of t-shirt", "Choose backend"]) {
      const button = page.page.getByRole("button", { name });
      await button.focus();
      const box = (await button.boundingBox()) ?? { y: Number.NaN, height: 0 };
      expect([name, box.y + box.height <= foot.y && box.y >= 0]).toEqual([name, true]);
    }
    for (const theme of themeNames) {
      await page.setTheme(theme);
      await page.page.screenshot({ path: screenshotPath(theme, `tuning-low-${width}`) });
    }
    await page.close();
  },
);

it("a save's result keeps the focus, and the card says the decision before all else", async () => {
  const page = await open(stateOf({ progress: running }));
  await page.page.getByTestId("stop").focus();
  await page.send({ type: "state", state: stateOf() });
  await page.page.getByTestId("last-run").waitFor();
  expect(await page.page.evaluate(() => document.activeElement?.getAttribute("data-testid"))).toBe("tune");
  const text = (await page.page.getByTestId("last-run").textContent()) ?? "";
  expect(text).toMatch(/^epoch_12: Use itWorst-class recall rose by/);
  await page.page.getByRole("button", { name: "Copy loading snippet" }).click();
  expect(await page.waitForPosted("run")).toMatchObject({ action: "copyLoadingSnippet" });
  await page.close();
});
