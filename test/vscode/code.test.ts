/** `npm run code`, as the README has it: the example in a VS Code with the extension in it, and one click to a result. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../scripts/vscode/install.ts";
import { launchChromium, screenshotPath } from "../support/chromium.ts";
import { endedRuns, runsOf } from "./harness/runs.ts";
import { until } from "./harness/until.ts";

const example = path.join(projectRoot, "examples/fashion-mnist-lt");
/** What the example had before: the test leaves no other folder there. */
const before = new Set(readdirSync(example));
let browser: Browser;
let started: ChildProcess;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  const ended = new Promise((resolve) => started.once("close", resolve));
  if (started.pid !== undefined && started.exitCode === null) {
    process.kill(-started.pid, "SIGINT");
    await ended;
  }
  for (const name of readdirSync(example)) {
    if (!before.has(name)) rmSync(path.join(example, name), { recursive: true });
  }
});

test("opens trusted, on SelMix's own view with the example in it, and tunes at a click", async () => {
  const earlier = runsOf(example).length;
  let said = "";
  started = spawn("npm", ["run", "code"], { cwd: projectRoot, detached: true });
  for (const stream of [started.stdout, started.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const address = await until("the address", () => /http:\/\/localhost:\S+/.exec(said)?.[0], 120_000);
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
  await page.goto(address, { waitUntil: "commit" });

  const tune = await until(
    "the Tune button",
    async () => {
      for (const frame of page.frames()) {
        const button = frame.getByRole("button", { name: "Tune", exact: true });
        if (await button.isVisible().catch(() => false)) return button;
      }
      return null;
    },
    120_000,
  );
  await page.locator(".pane", { hasText: "Checkpoints" }).getByText("epoch-10").waitFor();
  expect(await page.locator(".monaco-workbench").textContent()).not.toMatch(/Restricted Mode|Do you trust/);
  expect(await page.locator(".part.auxiliarybar").isVisible()).toBe(false);
  await page.screenshot({ path: screenshotPath("dark", "npm-run-code") });

  await tune.click();
  const runs = await endedRuns(example, earlier + 1);
  expect(runs.at(-1)?.run).toMatchObject({ state: "done", trigger: "user" });
  await page.locator(".statusbar-item", { hasText: "worst class" }).waitFor();
});
