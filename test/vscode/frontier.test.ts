/** A bound swept in a real VS Code: chosen in the palette, watched as it comes, looked along, used, and set. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { listSweepFolders, readSweep } from "../../src/project/sweepFolder.ts";
import { regionOf } from "../../src/words/sweep.ts";
import { themeNames } from "../support/chromium.ts";
import { inVSCode } from "./harness/fixture.ts";
import { runsOf } from "./harness/runs.ts";
import { until } from "./harness/until.ts";
import { exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();
const output = "tuned/epoch-10.selmix.safetensors";

test("a bound is swept from the palette; the curve is looked along; a point is used, and its bound set", async () => {
  const folder = exampleWorkspace({ objective: "meanRecall", "tuning.steps": 200 });
  const window = await vscode.open(folder, { width: 1366, height: 900 });
  await window.openSideBar();

  await window.command("SelMix: Sweep a Bound");
  await window.quickInput.getByText("% now").first().waitFor();
  await window.pick(/^recall(?! )/);
  await window.acceptOne();
  await window.pick("at least");
  const panel = await window.webview("selmix-frontier");
  // Points come while the sweep is at work.
  await panel.getByRole("heading", { name: /^Point \d+ of/ }).waitFor({ timeout: 60_000 });
  await until("the end of the sweep", async () => (await panel.getByText(/^Done in/).count()) > 0, 120_000);
  const [sweepFolder = ""] = listSweepFolders(folder);
  const sweep = readSweep(sweepFolder);
  if (!sweep) throw new Error("The sweep left no record.");
  expect(sweep.state).toBe("done");
  const strictest = sweep.points.findLastIndex((point) => regionOf(point) === "keeps");
  await panel.getByRole("heading", { name: `Point ${strictest + 1} of ${sweep.points.length}` }).waitFor();

  const payers = panel.locator(".payers li");
  const first = await payers.first().textContent();
  expect(first).toContain("t-shirt");
  await panel.getByRole("slider").focus();
  await window.page.keyboard.press("Home");
  await panel.getByRole("heading", { name: `Point 1 of ${sweep.points.length}` }).waitFor();
  expect(await payers.first().textContent()).not.toBe(first);
  await window.page.keyboard.press("End");
  await panel.getByText(/^✗ None found/).waitFor();
  for (let step = sweep.points.length - 1; step > strictest; step--)
    await window.page.keyboard.press("ArrowLeft");
  await panel.getByRole("heading", { name: `Point ${strictest + 1} of` }).waitFor();

  for (const theme of themeNames) {
    await window.setTheme(theme);
    await window.screenshot(theme, "frontier-vscode");
  }

  // The recall panel comes up beside it with this point, follows along the curve, and knows the way back.
  await panel.getByText("Recall panel", { exact: true }).click();
  const recall = await window.webview("selmix-recall");
  await recall.getByText(`Point ${strictest + 1} of ${sweep.points.length}`).waitFor();
  await recall.getByRole("region", { name: "Confusion", exact: true }).waitFor();
  await window.screenshot("light", "frontier-recall-vscode");
  await panel.getByRole("slider").focus();
  await window.page.keyboard.press("Home");
  await recall.getByText(`Point 1 of ${sweep.points.length}`).waitFor();
  await recall.getByText("Back to the run", { exact: true }).click();
  await recall.getByText("No run yet").waitFor();
  await panel.getByRole("slider").focus();
  for (let step = 1; step <= strictest; step++) await window.page.keyboard.press("ArrowRight");
  await recall.getByText(`Point ${strictest + 1} of ${sweep.points.length}`).waitFor();
  expect(existsSync(path.join(folder, output))).toBe(false);
  await panel.getByTestId("use-point").click();
  await window.notification(/Wrote .*epoch-10\.selmix\.safetensors/);
  await until("the copy", async () => existsSync(path.join(folder, output)));
  const [run] = runsOf(folder);
  expect(run?.result?.after.test?.recall).toEqual(sweep.points[strictest]?.test?.recall);
  await panel.getByText(/^In use as the run/).waitFor();
  // What was used is a run now, which the recall panel follows to.
  await recall.getByText("Follow the newest run").waitFor();
  await panel.getByRole("slider").focus();
  await window.page.keyboard.press("Home");
  await recall.getByText(`Point 1 of ${sweep.points.length}`).waitFor();
  for (let step = 1; step <= strictest; step++) await window.page.keyboard.press("ArrowRight");

  await panel.getByRole("button", { name: "Set this bound" }).click();
  await until("the bound in selmix.json", async () =>
    readFileSync(path.join(folder, "selmix.json"), "utf8").includes('"atLeast"'),
  );
  await window.notification(/asks for recall of every class ≥/);
  await recall.getByText(`Point ${strictest + 1} of ${sweep.points.length}`).waitFor();
  await window.page.locator(".tab", { hasText: "Frontier" }).first().click();
  await window.command("View: Close Editor");
  await recall.getByText("Follow the newest run").waitFor();
}, 240_000);

test("a sweep is stopped from its panel, and a constraint is swept from where constraints stand", async () => {
  const constraints = [{ metric: "accuracy", atLeast: 0.8 }];
  const folder = exampleWorkspace({ "tuning.steps": 20_000, constraints });
  const window = await vscode.open(folder, { width: 1366, height: 900 });
  await window.openSideBar();
  const tuning = await window.webview("selmix-tuning");
  await tuning.getByRole("button", { name: "Sweep: accuracy ≥ 80" }).click();
  const panel = await window.webview("selmix-frontier");
  await until("the sweep to begin", async () => listSweepFolders(folder).length > 0);
  await panel.getByTestId("stop-sweep").click({ timeout: 60_000 });
  await until("the end", async () => {
    const [sweepFolder] = listSweepFolders(folder);
    return sweepFolder !== undefined && readSweep(sweepFolder)?.state === "cancelled";
  });
  expect(runsOf(folder)).toEqual([]);
}, 180_000);
