/** Panels open in Chromium with a run in them, as the host would give it to them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { readGain, readRun } from "../../src/project/readRuns.ts";
import type { RunSnapshot } from "../../src/protocol/panels.ts";
import { type PanelOptions, PanelPage } from "../support/chromium.ts";

export const panelNames = ["recall", "gain", "compare"] as const;
export type PanelName = (typeof panelNames)[number];

/** Opens a panel and gives it a run; the gain panel gets the gain it asks for. */
export async function openWith(
  browser: Browser,
  panel: PanelName,
  snapshot: RunSnapshot,
  options: PanelOptions = {},
  gainOf: (cycle: number) => object = (cycle) => gainOfFolder(snapshot, cycle),
): Promise<PanelPage> {
  const page = await PanelPage.open(browser, panel, options);
  await page.waitForPosted("ready");
  if (panel === "compare") {
    const other = { ...snapshot, runFolder: `${snapshot.runFolder}-2`, run: { ...snapshot.run, seed: 1 } };
    await page.send({ type: "runs", runs: [snapshot, other] });
  } else {
    await page.send({ type: "snapshot", snapshot });
  }
  if (panel === "gain") {
    const { cycle } = await page.waitForPosted("gain");
    await page.send({ type: "gain", runFolder: snapshot.runFolder, cycle, ...gainOf(Number(cycle)) });
  }
  await shown(page);
  return page;
}

/** G and P of a cycle, read from the run folder. */
export function gainOfFolder(
  snapshot: RunSnapshot,
  cycle: number,
): { gain: Float32Array; policy: Float32Array } {
  const index = snapshot.history.find((record) => record.cycle === cycle)?.gainIndex ?? null;
  const found = index === null ? null : readGain(snapshot.runFolder, index, snapshot.run.buckets.length);
  if (found === null) throw new Error(`The run kept no gain for cycle ${cycle}.`);
  return found;
}

/** A run folder as the host reads it. */
export function snapshotOf(runFolder: string): RunSnapshot {
  const snapshot = readRun(runFolder);
  if (snapshot === null) throw new Error(`No run in ${runFolder}.`);
  return snapshot;
}

/** Waits until the panel shows its run and the pictures in sight are drawn. */
export async function shown(page: PanelPage): Promise<void> {
  await page.page.locator("#app[data-state=shown]").waitFor();
  await page.drawn();
  await page.page.waitForFunction(() =>
    [...document.querySelectorAll("canvas")]
      .filter((canvas) => canvas.checkVisibility())
      .every((canvas) => canvas.dataset.drawn),
  );
}

const axeSource = readFileSync(path.resolve("node_modules/axe-core/axe.min.js"), "utf8");

/** axe-core puts itself on the window. */
type AxeWindow = Window &
  typeof globalThis & {
    axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
  };

/** Fails on anything axe-core finds in a panel. */
export function expectAccessible(page: PanelPage): Promise<void> {
  return expectNoViolations(page.page);
}

/** Fails on anything axe-core finds, with where it is. */
export async function expectNoViolations(page: Page): Promise<void> {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const { violations: found } = await (window as AxeWindow).axe.run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`);
  });
  expect(violations).toEqual([]);
}
