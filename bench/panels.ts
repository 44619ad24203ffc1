/**
 * Measures the panels in Chromium: opening a run, drawing a live cycle, memory. `npm run build` first, then
 * `node bench/panels.ts`; the times include the wait for the animation frame.
 */
import type { Browser } from "playwright-core";
import type { RunSnapshot } from "../src/protocol/panels.ts";
import { launchChromium, PanelPage } from "../test/support/chromium.ts";
import { packed } from "../test/support/packed.ts";
import { syntheticCycle, syntheticGain, syntheticRun } from "../test/webview/syntheticRun.ts";

const cycles = 200;
const repeats = 9;

/** Milliseconds from posting a message within the page until the frame is painted in which `selector` is drawn again. */
function untilDrawn(page: PanelPage, message: object, selector: string): Promise<number> {
  return page.page.evaluate(
    ({ data, wanted }) =>
      new Promise<number>((resolve) => {
        const start = performance.now();
        const painted = new MessageChannel();
        painted.port1.onmessage = () => resolve(performance.now() - start);
        const observer = new MutationObserver((changes) => {
          if (!changes.some(({ target }) => target instanceof Element && target.matches(wanted))) return;
          observer.disconnect();
          // Sent while a frame is drawn, it arrives when the frame is done.
          painted.port2.postMessage(null);
        });
        observer.observe(document, { subtree: true, attributeFilter: ["data-drawn"] });
        window.postMessage(data, "*");
      }),
    { data: packed(message), wanted: selector },
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function megabytes(page: PanelPage): Promise<number> {
  const session = await page.page.context().newCDPSession(page.page);
  await session.send("HeapProfiler.collectGarbage");
  const usage = await session.send("Runtime.getHeapUsage");
  return (usage.usedSize + usage.backingStorageSize) / 1e6;
}

async function measure(browser: Browser, panel: "recall" | "gain", classes: number): Promise<void> {
  const page = await PanelPage.open(browser, panel);
  const snapshot: RunSnapshot = syntheticRun({ classes, cycles, finished: false });
  const { runFolder } = snapshot;
  const opened = await untilDrawn(page, { type: "snapshot", snapshot }, "canvas");
  const gainMessage = (cycle: number) => ({
    type: "gain",
    runFolder,
    cycle,
    ...syntheticGain(classes, cycle),
  });
  const heatMap = "canvas[aria-label^='Gain of']";
  const heat = panel === "gain" ? await untilDrawn(page, gainMessage(cycles - 1), heatMap) : null;
  const live: number[] = [];
  for (let at = 0; at < repeats; at += 1) {
    const cycle = syntheticCycle(cycles + at, 2 * cycles, classes, classes);
    live.push(await untilDrawn(page, { type: "cycles", runFolder, cycles: [cycle] }, "canvas"));
  }
  const heatText = heat === null ? "" : `, heat map ${heat.toFixed(0)} ms`;
  const memory = await megabytes(page);
  console.log(
    `${panel}, ${classes} classes, ${cycles} cycles: opened in ${opened.toFixed(0)} ms${heatText}, ` +
      `live cycle drawn in ${median(live).toFixed(0)} ms (median of ${repeats}), ${memory.toFixed(0)} MB`,
  );
  await page.close();
}

const browser = await launchChromium();
for (const classes of [10, 100, 1000]) {
  await measure(browser, "recall", classes);
  await measure(browser, "gain", classes);
}
await browser.close();
