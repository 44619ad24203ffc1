/**
 * The workbench: every page with everything it can show, in four themes side by side, drawn anew whenever a source is saved.
 * `npm run panels`, and open the address that it prints.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { context } from "esbuild";
import { themeNames } from "../../test/support/themes.ts";
import { webviewEntries } from "../webviews.ts";
import { panelPage, tablePage } from "./page.ts";

const root = path.resolve(import.meta.dirname, "../..");
const folder = path.join(root, ".cache/panels");
const panels = webviewEntries();

mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, "index.html"), tablePage());
for (const panel of Object.keys(panels)) {
  for (const theme of themeNames)
    writeFileSync(path.join(folder, `${panel}.${theme}.html`), panelPage(panel, theme));
}

const build = await context({
  absWorkingDir: root,
  bundle: true,
  sourcemap: true,
  logLevel: "warning",
  platform: "browser",
  target: "chrome120",
  format: "iife",
  globalName: "bundled",
  entryPoints: { ...panels, scenes: path.join(root, "test/webview/scenes.ts") },
  outdir: folder,
});
await build.watch();
const { hosts, port } = await build.serve({ servedir: folder, host: "127.0.0.1" });
console.log(`The panels: http://${hosts[0]}:${port}/`);
