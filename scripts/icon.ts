/** Renders media/icon.svg to the PNG that the marketplace asks for: `node scripts/icon.ts`, with a Chromium at hand. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

const media = path.resolve(import.meta.dirname, "../media");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const page = await browser.newPage({ viewport: { width: 256, height: 256 } });
await page.setContent(
  `<style>body{margin:0}svg{display:block}</style>${readFileSync(path.join(media, "icon.svg"), "utf8")}`,
);
await page.screenshot({ path: path.join(media, "icon.png"), omitBackground: true });
await browser.close();
