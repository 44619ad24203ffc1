/**
 * `npm run package:python`: builds, lays the command line into the Python package, and makes its wheel. Needs Python 3.10 or newer with
 * venv, and its package index for the build backend.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { bundledPackages } from "./supply/bundled.ts";
import { thirdPartyNotices } from "./supply/notices.ts";

const root = path.resolve(import.meta.dirname, "..");
const { values } = parseArgs({
  options: { out: { type: "string", default: root }, python: { type: "string" } },
});
const staging = path.join(root, ".cache", `python-${process.pid}`);
/** What only the extension runs. */
const ofTheEditor = /(extension|host)\.cjs$/;

/** The Python given, else one of an environment of its own that can build wheels. */
function python(): string {
  if (values.python !== undefined) return values.python;
  const home = path.join(root, ".cache/python-build");
  const program = path.join(home, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  if (!existsSync(program)) {
    execFileSync(process.platform === "win32" ? "python" : "python3", ["-m", "venv", home], {
      stdio: "inherit",
    });
  }
  return program;
}

/** The package's own version is that of the extension: written once. */
function withVersion(pyproject: string): string {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")));
  return pyproject.replace(/^version = .*$/m, `version = "${version}"`);
}

execFileSync(process.execPath, [path.join(root, "scripts/build.ts")], { cwd: root, stdio: "inherit" });
try {
  mkdirSync(staging, { recursive: true });
  cpSync(path.join(root, "python"), staging, {
    recursive: true,
    filter: (file) => !file.endsWith("__pycache__"),
  });
  cpSync(path.join(root, "LICENSE"), path.join(staging, "LICENSE"));
  const home = path.join(staging, "src/selmix");
  cpSync(path.join(root, "dist"), path.join(home, "_cli"), {
    recursive: true,
    filter: (file) => !ofTheEditor.test(file),
  });
  writeFileSync(path.join(home, "_cli/ThirdPartyNotices.txt"), thirdPartyNotices(bundledPackages()));
  const pyproject = path.join(staging, "pyproject.toml");
  writeFileSync(pyproject, withVersion(readFileSync(pyproject, "utf8")));
  const wheel = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", path.resolve(values.out)];
  execFileSync(python(), [...wheel, staging], { stdio: "inherit" });
} finally {
  rmSync(staging, { recursive: true, force: true });
}
