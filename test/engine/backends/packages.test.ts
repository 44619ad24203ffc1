import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { findPackage, installFolder } from "../../../src/engine/backends/packages.ts";

const name = "@tensorflow/tfjs-node";
let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "selmix-packages-"));
});

function put(folder: string, version: string, as = name): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: as, version }));
  return folder;
}

describe("finding a native package", () => {
  it("finds nothing where nothing is", () => {
    expect(findPackage(name, { storage: root })).toBeNull();
  });

  it("prefers the configured path, then our own storage, then a trusted workspace", () => {
    const workspace = path.join(root, "workspace");
    const storage = path.join(root, "storage");
    const own = path.join(root, "own");
    put(path.join(workspace, "node_modules", name), "1.0.0");
    expect(findPackage(name, { storage, trustedWorkspace: workspace })?.version).toBe("1.0.0");
    put(path.join(installFolder(storage, name), "node_modules", name), "2.0.0");
    expect(findPackage(name, { storage, trustedWorkspace: workspace })?.version).toBe("2.0.0");
    put(own, "3.0.0");
    const places = { storage, trustedWorkspace: workspace, packagePath: own };
    expect(findPackage(name, places)).toMatchObject({ version: "3.0.0", folder: own });
  });

  it("takes a configured folder that has the package in node_modules", () => {
    put(path.join(root, "project/node_modules", name), "4.0.0");
    const found = findPackage(name, { storage: root, packagePath: path.join(root, "project") });
    expect(found?.version).toBe("4.0.0");
  });

  it("never looks into a workspace that was not named as trusted", () => {
    put(path.join(root, "node_modules", name), "1.0.0");
    expect(findPackage(name, { storage: path.join(root, "storage") })).toBeNull();
  });

  it("does not take another package, or a broken manifest, for the one it looks for", () => {
    const other = put(path.join(root, "other"), "1.0.0", "left-pad");
    expect(findPackage(name, { storage: root, packagePath: other })).toBeNull();
    writeFileSync(path.join(other, "package.json"), "{");
    expect(findPackage(name, { storage: root, packagePath: other })).toBeNull();
  });
});
