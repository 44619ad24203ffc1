/**
 * Writes what `selmix backends --install` installs: for each backend a lock file of npm, with the version and the hash of every
 * package. Run it (`node scripts/supply/locks.ts`) when a version in src/engine/backends/packages.ts changes.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { installManifest } from "../../src/engine/backends/install.ts";
import { type NativeBackend, nativePackages } from "../../src/engine/backends/packages.ts";

const home = path.resolve(import.meta.dirname, "../../src/engine/backends/locks");

for (const backend of Object.keys(nativePackages) as NativeBackend[]) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-lock-"));
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(installManifest(backend)));
  // Without addresses, so that they come from whatever registry the user has.
  const words = [
    "install",
    "--package-lock-only",
    "--omit-lockfile-registry-resolved",
    "--no-audit",
    "--no-fund",
  ];
  execFileSync("npm", words, { cwd: folder, shell: process.platform === "win32" });
  const lock: Record<string, unknown> = JSON.parse(
    readFileSync(path.join(folder, "package-lock.json"), "utf8"),
  );
  writeFileSync(
    path.join(home, `${backend}.json`),
    `${JSON.stringify({ ...lock, name: "selmix-backend" }, null, 1)}\n`,
  );
  rmSync(folder, { recursive: true });
}
