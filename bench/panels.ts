/**
 * Measures the panels in Chromium: opening a run, drawing a live cycle, memory. `npm run build` first, then
 * `node bench/panels.ts`; the times include one animation frame.
 */
import type { Browser } from "playwright-core";
import type { RunSnapshot } from "../src/protocol/panels.ts";
import { launchChromium, PanelPage } from "../test/support/chromium.ts";
import { syntheticCycle, syntheticGain, syntheticRun } from "../test/webview/syntheticRun.ts";

const cycles = 200;
const repeats = 9;

/** Milliseconds from posting messages within the page until a canvas that `selector` finds was drawn again. */
function untilDrawn(page: PanelPage, message: object, selector: string): Promise<number> {
  return page.page.evaluate(
    ({ data, wanted }) => {
      const drawn = () =>
        [...document.querySelectorAll<HTMLElement>(wanted)].reduce(
          (sum, canvas) => sum + Number(canvas.dataset.drawn ?? 0),
          0,
        );
      const before = drawn();
      const start = performance.now();
      window.postMessage(data, "*");
      return new Promise<number>((resolve) => {
        const look = () => {
          if (drawn() > before) resolve(performance.now() - start);
          else requestAnimationFrame(look);
        };
        look();
      });
    },
    { data: message, wanted: selector },
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
    live.push(await untilDrawn(page, { type: "cycle", runFolder, cycle }, "canvas"));
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
