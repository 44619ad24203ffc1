/** The pages that are drawn in a browser: a folder each, which is a bundle of its own. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

const folder = path.resolve(import.meta.dirname, "../src/webview");

/** Path of each page's main module, by the name of its bundle. */
export function webviewEntries(): Record<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, "main.ts")))
    .map(({ name }): [string, string] => [name, path.join(folder, name, "main.ts")]);
  return Object.fromEntries(entries);
}
