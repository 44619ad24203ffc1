/** A Python environment with pinned frameworks, made once under .cache/, and a built command line. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");
const home = path.join(root, ".cache/interop");
export const python = path.join(home, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");

export default function setup(): void {
  const requirements = path.join(import.meta.dirname, "requirements.txt");
  const wanted = readFileSync(requirements, "utf8");
  const stamp = path.join(home, "requirements.txt");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
    rmSync(home, { recursive: true, force: true });
    run(process.platform === "win32" ? "python" : "python3", ["-m", "venv", home]);
    run(python, ["-m", "pip", "install", "--quiet", "--requirement", requirements]);
    writeFileSync(stamp, wanted);
  }
  run(process.execPath, [path.join(root, "scripts/build.ts")]);
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { cwd: root, stdio: "inherit" });
}
