/** Files of this installation of SelMix. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** A file by its path from the root: bundles lie one folder below it, this source two. */
export function ownFile(name: string): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  return path.join(here, import.meta.url.endsWith(".ts") ? "../.." : "..", name);
}

/** The bundled command line, or in development its source. */
export function commandLine(): string {
  const built = ownFile("dist/cli.mjs");
  return existsSync(built) ? built : ownFile("src/cli.ts");
}
