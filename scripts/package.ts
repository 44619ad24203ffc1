/**
 * `npm run package`: builds, lays out what the extension needs in a folder of its own, and packs it into selmix.vsix. With
 * `-- --target linux-x64` (or another of VS Code's platforms) it becomes selmix-linux-x64.vsix, with onnxruntime inside; with
 * `-- --npm` selmix.tgz, whose command line `npx` runs.
 * From the repository itself, vsce would first walk through everything that lies in it. With it go the notices of the packages
 * in the bundles, and a list of these in the form of CycloneDX.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { bundledPackages, metafilePath } from "./supply/bundled.ts";
import { layNativeLibrary, nativeTargets, withPackages } from "./supply/nativeLibrary.ts";
import { thirdPartyNotices } from "./supply/notices.ts";

const root = path.resolve(import.meta.dirname, "..");
const staging = path.join(root, ".cache", `package-${process.pid}`);
const { target: platform, npm } = parseArgs({
  options: { target: { type: "string" }, npm: { type: "boolean", default: false } },
}).values;
if (platform !== undefined && !nativeTargets().includes(platform)) {
  throw new Error(`No library is there for ${platform}: choose one of ${nativeTargets().join(", ")}.`);
}
const target = path.join(
  root,
  npm ? "selmix.tgz" : platform === undefined ? "selmix.vsix" : `selmix-${platform}.vsix`,
);
const mostMegabytes = platform === undefined ? 15 : 25;

/** What runs of the example wrote is none of it. */
const isKept = (file: string) => !/[\\/]examples[\\/].*[\\/](\.selmix|tuned|__pycache__)$/.test(file);

const run = (file: string, args: string[], cwd: string) =>
  execFileSync(process.execPath, [path.join(root, file), ...args], { cwd, stdio: "inherit" });

function packForCode(): void {
  const options = [
    ...(platform === undefined ? [] : ["--target", platform]),
    "--no-dependencies",
    "--allow-missing-repository",
    "--no-rewrite-relative-links",
  ];
  run("node_modules/@vscode/vsce/vsce", ["package", ...options, "--out", target], staging);
}

/** Everything is in the bundles: the package depends on nothing. */
function packForNpm(): void {
  const file = path.join(staging, "package.json");
  const {
    private: _private,
    scripts: _scripts,
    devDependencies: _bundled,
    ...manifest
  } = z.looseObject({}).parse(JSON.parse(readFileSync(file, "utf8")));
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  const [{ filename }] = z
    .array(z.object({ filename: z.string() }))
    .nonempty()
    .parse(JSON.parse(execFileSync("npm", ["pack", "--json"], { cwd: staging, encoding: "utf8" })));
  renameSync(path.join(staging, filename), target);
}

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
    "examples",
  ]) {
    if (existsSync(path.join(root, name))) {
      cpSync(path.join(root, name), path.join(staging, name), { recursive: true, filter: isKept });
    }
  }
  const native = platform === undefined ? [] : layNativeLibrary(platform, path.join(staging, "dist"));
  writeFileSync(
    path.join(staging, "ThirdPartyNotices.txt"),
    thirdPartyNotices([...bundledPackages(), ...native]),
  );
  const billFile = path.join(staging, "sbom.cdx.json");
  const bill = ["--output-reproducible", "--validate", "--output-file", billFile];
  run(
    "node_modules/@cyclonedx/cyclonedx-esbuild/bin/cyclonedx-esbuild-cli.js",
    [...bill, metafilePath],
    root,
  );
  writeFileSync(billFile, withPackages(readFileSync(billFile, "utf8"), native));
  if (npm) packForNpm();
  else packForCode();
} finally {
  rmSync(staging, { recursive: true, force: true });
}
const { size } = statSync(target);
if (size > mostMegabytes * 1024 * 1024) {
  const name = path.basename(target);
  console.error(
    `${name} has ${(size / 1e6).toFixed(1)} MB; more than ${mostMegabytes} MB is too much for every user to load.`,
  );
  process.exitCode = 1;
}
