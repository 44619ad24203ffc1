/**
 * Measures the extension in a real VS Code: what activation costs, how soon a saved checkpoint shows, and what the open
 * panels cost a tune. `npm run bench:vscode`.
 */
import { rmSync } from "node:fs";
import type { BrowserContext } from "playwright-core";
import { launchChromium } from "../test/support/chromium.ts";
import { endedRuns, epochFile, nextEpoch, runsOf, saveByRename } from "../test/vscode/harness/runs.ts";
import { type ServerForTests, serveForTests } from "../test/vscode/harness/serve.ts";
import { until } from "../test/vscode/harness/until.ts";
import { Window } from "../test/vscode/harness/window.ts";
import { exampleWorkspace } from "../test/vscode/harness/workspace.ts";

/** Milliseconds of activation, as VS Code itself lists them. */
async function activation(window: Window): Promise<number> {
  await window.command("Developer: Show Running Extensions");
  const row = window.page.locator(".runtime-extensions-editor .extension", { hasText: "SelMix" }).first();
  const text = await until("the activation time", () => row.locator(".activation-time").textContent());
  const found = /([\d.]+)\s*ms/.exec(text)?.[1];
  if (found === undefined) throw new Error(`VS Code says "${text}" about the activation.`);
  return Number(found);
}

/** Milliseconds from the rename of a checkpoint into place to its row in the sidebar. */
async function savedToShown(window: Window, folder: string): Promise<number> {
  await window.openSideBar();
  await window.row("Checkpoints", "epoch-10").waitFor();
  saveByRename(epochFile(folder, 11), nextEpoch(folder, 1));
  const saved = performance.now();
  await window.row("Checkpoints", "epoch-11").waitFor();
  return performance.now() - saved;
}

/** Seconds of tuning of the next run; with `watch`, both panels are open all the while. */
async function tuning(window: Window, folder: string, watch: boolean): Promise<number> {
  const before = runsOf(folder).length;
  await window.command("SelMix: Tune Latest");
  if (watch) {
    await until("the run", () => runsOf(folder).length > before);
    for (const panel of ["Gain", "Recall"]) {
      await window.command(`SelMix: Show ${panel}`);
      await window.pick("epoch");
      const frame = await window.webview(`selmix-${panel.toLowerCase()}`);
      await frame.locator("canvas").first().waitFor();
    }
  }
  const runs = await endedRuns(folder, before + 1, 600_000);
  return runs.at(-1)?.result?.seconds.tune ?? Number.NaN;
}

async function measure(context: BrowserContext, server: ServerForTests): Promise<void> {
  const folder = exampleWorkspace({ "tuning.steps": 20_000 });
  const window = await Window.open(context, server, folder);
  console.log(`saved checkpoint in the sidebar    ${Math.round(await savedToShown(window, folder))} ms`);
  const alone = await tuning(window, folder, false);
  const watched = await tuning(window, folder, true);
  console.log(`tune alone, with both panels open  ${alone.toFixed(1)} s, ${watched.toFixed(1)} s`);
  console.log(`activation                         ${await activation(window)} ms`);
  await window.close();
  rmSync(folder, { recursive: true });
}

const { server, stop } = await serveForTests();
const browser = await launchChromium();
try {
  await measure(await browser.newContext(), server);
} finally {
  await browser.close();
  await stop();
}
