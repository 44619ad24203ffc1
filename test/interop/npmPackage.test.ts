/** The npm package, as it is packed: `npx` runs it in a folder that has nothing else, and the tuned copy is what it says. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };

const archive = path.resolve("selmix.tgz");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-npm-"));
  execFileSync(process.execPath, ["scripts/package.ts", "--npm"], { stdio: "ignore" });
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(archive, { force: true });
});

const npx = (...args: string[]) =>
  execFileSync("npx", ["--yes", "--offline", "--package", archive, "selmix", ...args], {
    ...{ cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    env: { ...process.env, npm_config_cache: path.join(folder, "cache") },
  });

it("runs with nothing installed beside it, from no index", () => {
  expect(npx("--version").trim()).toBe(packageJson.version);
});

it("tunes what lies in the folder", () => {
  for (const name of ["checkpoints", "features", "selmix.json"])
    cpSync(path.join("examples/fashion-mnist-lt", name), path.join(folder, name), { recursive: true });
  const result = z
    .object({ output: z.string(), verdict: z.object({ decision: z.string() }) })
    .parse(JSON.parse(npx("tune", "--steps", "200", "--json")));
  expect(result.verdict.decision).toMatch(/^use/);
  expect(existsSync(result.output)).toBe(true);
});
