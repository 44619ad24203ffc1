/** The gain and recall panels, live during a real run and after it: what they show is what the run folder says. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Frame } from "playwright-core";
import { expect, test } from "vitest";
import { z } from "zod";
import { themeNames } from "../support/chromium.ts";
import { inVSCode } from "./harness/fixture.ts";
import { endedRuns, runAtWork } from "./harness/runs.ts";
import { until } from "./harness/until.ts";
import type { Window } from "./harness/window.ts";
import { changeConfiguration, exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();

/** The panel's own sentence about the run. */
function claimIn(panel: Frame): Promise<string> {
  return until("the panel's headline", async () => (await panel.locator(".claim").textContent()) || null);
}

/**
 * Exports a picture's table through the panel's menu and VS Code's save dialog, and reads the file. The dialog ignores what
 * comes while it looks at the folder, and writes its own suggestion then: what it has not taken is asked again.
 */
async function exportedTable(window: Window, panel: Frame, title: string, file: string): Promise<unknown> {
  const box = window.quickInput.locator("input[type=text]").first();
  return until("the exported table", async () => {
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
    if (!(await box.isVisible())) {
      const menu = panel.locator("details[open]");
      if ((await menu.count()) === 0) await panel.getByLabel(`Export ${title}`).click({ timeout: 2000 });
      await menu.getByText("Table as JSON").click({ timeout: 2000 });
      await box.waitFor({ timeout: 5000 });
    }
    const name = await box.inputValue({ timeout: 2000 });
    if (name === file) await box.press("Enter", { timeout: 2000 });
    else if (name.endsWith(".json")) await box.fill(file, { timeout: 2000 });
    return null;
  });
}

const recallRows = z.array(z.looseObject({ name: z.string(), before: z.number(), after: z.number() }));
const objectiveRows = z.array(z.looseObject({ cycle: z.number(), objective: z.number() }));

test("both panels follow a run, show its numbers, and come back after being hidden and after a reload", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 40_000 });
  const window = await vscode.open(folder, { width: 1440, height: 1000 });
  await window.openSideBar();
  await window.command("SelMix: Tune Latest");
  await runAtWork(folder);
  const gain = await window.panel("Gain", "epoch-10");
  await gain.locator("canvas").first().waitFor();
  const live = await window.panel("Recall", "epoch-10");
  await live.locator("canvas").first().waitFor();
  const step = async () =>
    Number(/step (\d+) of/.exec((await live.locator(".status").textContent()) ?? "")?.[1] ?? 0);
  const early = await until("the step of the running run", async () => (await step()) || null);
  await until("the panel to move on with the run", async () => (await step()) > early);

  const [run] = await endedRuns(folder, 1, 200_000);
  const result = run?.result;
  if (!run || !result) throw new Error("The run came to no result.");
  const recall = await window.webview("selmix-recall");
  await recall.getByLabel("Export SelMix beside its controls").waitFor();
  const claim = await claimIn(recall);
  expect(claim).toBe(result.verdict?.sentence);

  const shown = recallRows.parse(
    await exportedTable(window, recall, "Recall per class", path.join(folder, "recall.json")),
  );
  const byName = Object.fromEntries(shown.map(({ name, before, after }) => [name, [before, after]]));
  const expected = result.classes.map((name, index) => [
    name,
    [result.before.test?.recall[index], result.after.test?.recall[index]],
  ]);
  expect(byName).toEqual(Object.fromEntries(expected));
  const cycles = objectiveRows.parse(
    await exportedTable(window, recall, "Objective over the run", path.join(folder, "objective.json")),
  );
  expect(cycles.map(({ cycle, objective }) => [cycle, objective])).toEqual(
    run.history.map(({ cycle, objective }) => [cycle, objective]),
  );

  await window.command("SelMix: Open Configuration");
  await window.page.locator(".tab.active", { hasText: "selmix.json" }).waitFor();
  await window.tab("Recall");
  expect(await claimIn(await window.webview("selmix-recall"))).toBe(claim);
  await window.reload();
  await window.tab("Recall");
  expect(await claimIn(await window.webview("selmix-recall"))).toBe(claim);
});

test("every screen in every theme", { timeout: 480_000 }, async () => {
  const folder = exampleWorkspace({
    objective: "gMean",
    constraints: [{ metric: "coverage", atLeast: 0.09 }],
    "tuning.steps": 1000,
    // Whatever the machine is busy with: the pictures show all of them.
    "tuning.controls": "all",
  });
  const window = await vscode.open(folder, { width: 1440, height: 1000 });
  await window.openSideBar();
  await window.command("SelMix: Tune Latest");
  await endedRuns(folder, 1, 150_000);
  await window.row("Checkpoints", "geometric mean").waitFor();
  for (const panel of ["Recall", "Gain"] as const) await claimIn(await window.panel(panel, "epoch-10"));
  changeConfiguration(folder, { objective: "minRecall" });
  await window.command("SelMix: Tune Latest");
  await endedRuns(folder, 2, 150_000);
  await window.row("Runs", "worst class").waitFor();
  await window.command("SelMix: Compare Runs");
  await window.acceptPicks();
  await claimIn(await window.webview("selmix-compare"));
  for (const theme of themeNames) {
    await window.setTheme(theme);
    for (const panel of ["Gain", "Recall", "Compare"]) {
      await window.tab(panel);
      const frame = await window.webview(`selmix-${panel.toLowerCase()}`);
      await frame
        .locator(`body[data-vscode-theme-id="${window.themeId(theme)}"] canvas`)
        .first()
        .waitFor();
      await window.screenshot(theme, panel.toLowerCase());
    }
  }
});
