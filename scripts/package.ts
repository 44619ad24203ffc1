/**
 * `npm run package`: builds, lays out what the extension needs in a folder of its own, and packs it into selmix.vsix.
 * From the repository itself, vsce would first walk through everything that lies in it. With it go the notices of the packages
 * in the bundles, and a list of these in the form of CycloneDX.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { bundledPackages, metafilePath } from "./supply/bundled.ts";
import { thirdPartyNotices } from "./supply/notices.ts";

const root = path.resolve(import.meta.dirname, "..");
const staging = path.join(root, ".cache", `package-${process.pid}`);
const target = path.join(root, "selmix.vsix");
const mostBytes = 15 * 1024 * 1024;

const run = (file: string, args: string[], cwd: string) =>
  execFileSync(process.execPath, [path.join(root, file), ...args], { cwd, stdio: "inherit" });

run("scripts/build.ts", [], root);
try {
  mkdirSync(staging, { recursive: true });
  for (const name of [
    "package.json",
    "README.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
    "dist",
    "media",
  ]) {
    if (existsSync(path.join(root, name))) {
      cpSync(path.join(root, name), path.join(staging, name), { recursive: true });
    }
  }
  writeFileSync(path.join(staging, "ThirdPartyNotices.txt"), thirdPartyNotices(bundledPackages()));
  const bill = ["--output-reproducible", "--validate", "--output-file", path.join(staging, "sbom.cdx.json")];
  run(
    "node_modules/@cyclonedx/cyclonedx-esbuild/bin/cyclonedx-esbuild-cli.js",
    [...bill, metafilePath],
    root,
  );
  const options = ["--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"];
  run("node_modules/@vscode/vsce/vsce", ["package", ...options, "--out", target], staging);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
const { size } = statSync(target);
if (size > mostBytes) {
  console.error(
    `selmix.vsix has ${(size / 1e6).toFixed(1)} MB; more than 15 MB is too much for every user to load.`,
  );
  process.exitCode = 1;
}
