/** Code that others put where ours is looked for is not run: compiled code, packages of a folder, packages in an open storage. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findPackage, installFolder } from "../../src/engine/backends/packages.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "selmix-code-"));
  for (const name of ["clone", "shared", "cache"]) mkdirSync(path.join(root, name));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A package that leaves a file behind when its code runs. */
function plant(folder: string, name: string): string {
  const marker = path.join(root, "ran");
  mkdirSync(folder, { recursive: true });
  const manifest = { name, version: "4.22.0", type: "module", main: "index.js" };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  const code = `import fs from "node:fs"; fs.writeFileSync(${JSON.stringify(marker)}, ""); export const create = () => null, globals = {};`;
  writeFileSync(path.join(folder, "index.js"), code);
  return marker;
}

function selmix(words: readonly string[]) {
  const env = {
    ...process.env,
    TMPDIR: path.join(root, "shared"),
    SELMIX_STORAGE: path.join(root, "cache"),
    NODE_COMPILE_CACHE: undefined,
  };
  const options = { cwd: path.join(root, "clone"), env, encoding: "utf8" as const };
  return spawnSync(process.execPath, [path.resolve("dist/cli.mjs"), ...words], options);
}

describe.skipIf(process.platform === "win32")("code of others", () => {
  it("that is compiled is neither kept nor looked for where all users write", () => {
    expect(selmix(["--help"]).status).toBe(0);
    const compiled = path.join(root, "cache/compiled");
    expect(readdirSync(compiled)).not.toEqual([]);
    expect(statSync(compiled).mode & 0o777).toBe(0o700);
    expect(readdirSync(path.join(root, "shared"))).toEqual([]);
  });

  it("in a storage that others can write to is not found", () => {
    const storage = path.join(root, "cache");
    plant(path.join(installFolder(storage, "webgpu"), "node_modules/webgpu"), "webgpu");
    const found = () => findPackage("webgpu", { storage })?.origin;
    expect(found()).toBe("SelMix's own storage");
    chmodSync(storage, 0o777);
    expect(found()).not.toBe("SelMix's own storage");
  });

  it("that came with a folder is run in a terminal when that is asked for, and not else", {
    timeout: 240_000,
  }, () => {
    const name = "@tensorflow/tfjs-node";
    const marker = plant(path.join(root, "clone/node_modules", name), name);
    selmix(["backends"]);
    expect(existsSync(marker)).toBe(false);
    selmix(["backends", "--workspace-packages"]);
    expect(existsSync(marker)).toBe(true);
  });
});
