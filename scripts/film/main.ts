/**
 * `npm run film`: the moving picture of the README and its screenshots, taken of a real VS Code on the example: an objective is chosen,
 * the last layer is tuned while the panel follows, the verdict stands, and why. For maintainers; build first, and have Debian's
 * packages chromium and webp.
 */
import { rmSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Frame } from "playwright-core";
import { launchChromium } from "../../test/support/chromium.ts";
import { endedRuns, runAtWork } from "../../test/vscode/harness/runs.ts";
import { serveForTests } from "../../test/vscode/harness/serve.ts";
import { Window } from "../../test/vscode/harness/window.ts";
import { changeConfiguration, exampleWorkspace } from "../../test/vscode/harness/workspace.ts";
import { projectRoot } from "../vscode/install.ts";
import { Camera } from "./camera.ts";

const media = (name: string) => path.join(projectRoot, "media", name);
const small = { width: 1200, height: 750 };
const large = { width: 1440, height: 1000 };
/** GitHub and marketplaces show larger pictures late. */
const mostBytes = 2e6;

/** What is there before the film: a run for the mean, whose panels are open. */
async function prepare(window: Window, folder: string): Promise<void> {
  await window.openSideBar();
  await window.command("SelMix: Tune Latest");
  await endedRuns(folder, 1);
  for (const panel of ["Gain", "Recall"] as const) await window.panel(panel, "epoch-10");
  await window.command("Notifications: Clear All Notifications");
  changeConfiguration(folder, { "tuning.steps": 8000 });
}

async function scroll(frame: Frame, top: number): Promise<void> {
  await frame.evaluate((to) => document.scrollingElement?.scrollTo({ top: to, behavior: "smooth" }), top);
  await pause(800);
}

async function film(window: Window, folder: string, camera: Camera): Promise<void> {
  const tuning = await window.webview("selmix-tuning");
  await camera.showPointer();
  // Away from what would show a hover.
  await window.page.mouse.move(700, 500);
  await pause(1500);
  await camera.start();
  await pause(900);
  const objective = tuning.getByLabel("Objective").first();
  await camera.pointTo(objective);
  changeConfiguration(folder, { objective: "minRecall" });
  await tuning.getByText("Raises the recall of the worst class.").waitFor();
  await pause(900);
  const tune = tuning.getByTestId("tune");
  await camera.pointTo(tune);
  await tune.click();
  await runAtWork(folder);
  await endedRuns(folder, 2);
  const recall = await window.webview("selmix-recall");
  await recall.getByText("Use", { exact: false }).first().waitFor();
  await pause(2500);
  await scroll(recall, 330);
  await pause(2500);
  await scroll(recall, 0);
  const why = recall.getByRole("button", { name: "Why: gain panel" });
  await camera.pointTo(why);
  await why.click();
  const gain = await window.webview("selmix-gain");
  await gain.locator("canvas").first().waitFor();
  await pause(2500);
  await camera.stop();
}

async function screenshot(window: Window, panel: "Gain" | "Recall" | "Compare"): Promise<void> {
  await window.tab(panel);
  const frame = await window.webview(`selmix-${panel.toLowerCase()}`);
  await frame.locator("canvas").first().waitFor();
  await window.command("Notifications: Clear All Notifications");
  await window.page.mouse.move(640, 600);
  await pause(1000);
  await window.page.screenshot({ path: media(`screenshots/${panel.toLowerCase()}.png`) });
}

async function screenshots(window: Window, folder: string): Promise<void> {
  await window.page.locator("#film-pointer").evaluate((pointer) => pointer.remove());
  await window.page.setViewportSize(large);
  await screenshot(window, "Gain");
  await screenshot(window, "Recall");
  changeConfiguration(folder, { objective: "gMean" });
  await window.command("SelMix: Tune Latest");
  await endedRuns(folder, 3);
  await window.command("SelMix: Compare Runs");
  await window.acceptPicks();
  await screenshot(window, "Compare");
}

const { server, stop } = await serveForTests();
const browser = await launchChromium();
const folder = exampleWorkspace({ objective: "meanRecall", "tuning.steps": 200, "tuning.controls": "none" });
try {
  const window = await Window.open(await browser.newContext(), server, folder, small);
  await prepare(window, folder);
  const camera = new Camera(window.page);
  await film(window, folder, camera);
  const seconds = camera.write(media("film.webp"));
  const { size } = statSync(media("film.webp"));
  console.log(`media/film.webp has ${(size / 1e6).toFixed(2)} MB and takes ${seconds.toFixed(0)} s`);
  if (size > mostBytes) process.exitCode = 1;
  await screenshots(window, folder);
  await window.close();
} finally {
  await browser.close();
  await stop();
  rmSync(path.dirname(folder), { recursive: true });
}
